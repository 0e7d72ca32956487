// The EHR's style.

import type { SmartSession } from 'smart-launch';
import type { PageSession } from 'smart-launch/server-session';
import { loadSmartStyle, readSmartStyle, type SmartStyle } from 'smart-launch/style';
import { expectType, type Same } from './expect.js';

export async function load(session: SmartSession, ofPage: PageSession): Promise<SmartStyle> {
  const style = await loadSmartStyle(session, { signal: AbortSignal.timeout(1) });
  expectType<Same<typeof style, SmartStyle | null>>();
  expectType<Same<SmartStyle['values']['color_text'], string | undefined>>();
  // @ts-expect-error no such property
  style?.values.color_other;
  // @ts-expect-error the argument is a session, not a URL
  await loadSmartStyle('https://ehr.example/style.json');
  document.documentElement.style.color = readSmartStyle({}).properties['--smart-color-text'] ?? '';
  return style ?? (await loadSmartStyle(ofPage)) ?? readSmartStyle(null);
}
