// Updates the reports.

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reports, written } from './report.mjs';

await rm(reports, { recursive: true, force: true });
await mkdir(reports);
for (const [name, report] of Object.entries(written())) await writeFile(join(reports, name), report);
