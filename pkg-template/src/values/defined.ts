/** The members that are not `undefined`. */
export const defined = <T extends object>(members: T | undefined): Partial<T> =>
  // Some of their members.
  Object.fromEntries(Object.entries({ ...members }).filter(([, value]) => value !== undefined)) as Partial<T>;
