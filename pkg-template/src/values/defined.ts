/** The members that are not `undefined`. */
export const defined = <T extends object>(members: T | undefined): Partial<T> =>
  // The result has some of the members, with unchanged values.
  Object.fromEntries(Object.entries({ ...members }).filter(([, value]) => value !== undefined)) as Partial<T>;
