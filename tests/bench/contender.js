/**
 * What a contender does for a job: a function of the number of the time.
 *
 * @param {string} job a directory of `contenders/`
 * @param {string} name a file in it
 * @param {object} setting
 * @returns {Promise<(number: number) => Promise<string>>}
 */
export const contender = async (job, name, setting) =>
  (await import(`./contenders/${job}/${name}.js`)).default(setting);
