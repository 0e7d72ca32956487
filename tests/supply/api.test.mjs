// The public interface changes only on purpose: `cargo xtask api` updates the reports.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { reports, written } from './report.mjs';

const now = written();

test('every entry has a report, and every report has an entry', async () => {
  assert.deepEqual(await readdir(reports), Object.keys(now).sort());
});

for (const [name, report] of Object.entries(now)) {
  test(`${name} agrees with the declarations; otherwise check the difference and run cargo xtask api`, async () => {
    assert.equal(report, await readFile(join(reports, name), 'utf8'));
  });
}
