// Writes the reports of the public interface again.

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createReports, reportDirectory } from './report.mjs';

await rm(reportDirectory, { recursive: true, force: true });
await mkdir(reportDirectory);
for (const [name, report] of Object.entries(createReports())) await writeFile(join(reportDirectory, name), report);
