// Parts of the WebAssembly module that a page is about to need.

import { parts } from 'smart-launch-parts';
import type { PartName } from 'smart-launch-parts';

/** Loads a part while the engine's chunk is still loading. That chunk would request the part only after it is loaded itself. */
export function preload(part: PartName): void {
  for (const load of parts[part]) load().catch(() => {});
}
