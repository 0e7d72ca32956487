/**
 * Returns the function with which an implementation does a job once. The function takes the number of the repetition.
 *
 * @param {string} job a directory of `implementations/`
 * @param {string} name a file in it
 * @param {object} setting
 * @returns {Promise<(number: number) => Promise<string>>}
 */
export const implementation = async (job, name, setting) =>
  (await import(`./implementations/${job}/${name}.js`)).default(setting);
