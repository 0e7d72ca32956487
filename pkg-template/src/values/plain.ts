// Converts arguments of an app to plain data.

/** Options without `undefined` members, and with URL objects as text. */
export type Plain<Options> = { [Name in keyof Options]?: PlainValue<Exclude<Options[Name], undefined>> };
type PlainValue<Value> = Value extends URL ? string : Value;

export function plain<Options extends object>(options: Options | undefined): Plain<Options> {
  return Object.fromEntries(
    Object.entries({ ...options }).flatMap(([name, value]: [string, unknown]) =>
      value === undefined ? [] : [[name, value instanceof URL ? value.href : value]],
    ),
  ) as Plain<Options>;
}
