// A JSON Patch (RFC 6902).

export type JsonPatch = JsonPatchOperation[];

export type JsonPatchOperation =
  | JsonPatchAdd
  | JsonPatchReplace
  | JsonPatchTest
  | JsonPatchMove
  | JsonPatchCopy
  | JsonPatchRemove;

export interface JsonPatchAdd {
  op: 'add';
  path: string;
  value: unknown;
}

export interface JsonPatchReplace {
  op: 'replace';
  path: string;
  value: unknown;
}

export interface JsonPatchTest {
  op: 'test';
  path: string;
  value: unknown;
}

export interface JsonPatchMove {
  op: 'move';
  path: string;
  from: string;
}

export interface JsonPatchCopy {
  op: 'copy';
  path: string;
  from: string;
}

export interface JsonPatchRemove {
  op: 'remove';
  path: string;
}
