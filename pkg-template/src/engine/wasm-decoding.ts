// A WebAssembly module out of the text that xtask/src/wasm_encoding.rs makes of it.

/** Numbers of a stream. */
type Numbers = number[];

export function unpack(text: string): Uint8Array<ArrayBuffer> {
  // The build writes nine.
  const [bytes, ...streams] = text.split(' ').map(decode) as [Numbers, Numbers, Numbers, Numbers, Numbers, Numbers, Numbers, Numbers, Numbers];
  for (const stream of streams) stream.reverse();
  const [declared, ops, consts, locals, calls, offsets, branches, tail] = streams;
  /** Where the operands of an opcode are; those of loads and stores are below. */
  const operands: Record<number, Numbers[]> = {
    2: [ops],
    3: [ops],
    4: [ops],
    12: [branches],
    13: [branches],
    16: [calls],
    17: [ops, ops],
    32: [locals],
    33: [locals],
    34: [locals],
    35: [ops],
    36: [ops],
    63: [ops],
    64: [ops],
    65: [consts],
    66: [consts],
  };
  let body: Numbers;

  /** Moves a number (LEB128), and gives it if it is small. */
  function move(stream: Numbers): number {
    let byte;
    // The build ends each stream where the last number of it is read.
    do body.push((byte = stream.pop() as number));
    while (byte > 127);
    return byte;
  }

  while (ops.length > 0) {
    body = [];
    for (let groups = move(declared); groups > 0; groups--) {
      move(declared);
      move(declared);
    }
    for (let depth = 1; depth > 0; ) {
      // Each body ends with an `end` (11).
      const op = ops.pop() as number;
      body.push(op);
      if (op > 1 && op < 5) depth++;
      if (op === 11) depth--;
      if (op === 14) for (let labels = move(ops); labels >= 0; labels--) move(ops);
      if (op === 252) for (let kind = move(ops); kind < 12; kind++) move(ops);
      (op > 39 && op < 63 ? [ops, offsets] : (operands[op] ?? [])).forEach(move);
    }
    let size = body.length;
    for (; size > 127; size >>= 7) bytes.push((size & 127) | 128);
    bytes.push(size, ...body);
  }
  return Uint8Array.from([...bytes, ...tail.reverse()]);
}

/** One character for a byte below 84, two for any other; two characters of ASCII that a string would escape are left out. */
function decode(text: string): Numbers {
  const bytes: Numbers = [];
  let high = 0;
  for (const character of text) {
    const code = character.charCodeAt(0);
    const value = code - (code < 92 ? 35 : 36);
    if (value < 84) bytes.push(high * 84 + value);
    high = value < 84 ? 0 : value - 83;
  }
  return bytes;
}
