import { join } from 'node:path';

// The packages are installed two directories up.
export default { turbopack: { root: join(import.meta.dirname, '../..') } };
