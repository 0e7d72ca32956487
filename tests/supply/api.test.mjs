// The public interface changes only on purpose: `cargo xtask api` updates the reports.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createReports, reportDirectory } from './report.mjs';

const reports = createReports();

test('every entry has a report, and every report has an entry', async () => {
  assert.deepEqual(await readdir(reportDirectory), Object.keys(reports).sort());
});

for (const [name, report] of Object.entries(reports)) {
  test(`${name} agrees with the declarations; otherwise check the difference and run cargo xtask api`, async () => {
    assert.equal(report, await readFile(join(reportDirectory, name), 'utf8'));
  });
}
