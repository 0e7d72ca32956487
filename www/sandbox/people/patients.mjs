/**
 * The patients of the sandbox, each described in a few lines from which `chart/` makes FHIR resources.
 *
 * Nobody here is or was a real person. Days are counted back from the day the sandbox starts.
 */

import hannah from './hannah-berg.mjs';
import kenji from './kenji-watanabe.mjs';
import maria from './maria-alvarez.mjs';
import noah from './noah-adeyemi.mjs';
import walter from './walter-nowak.mjs';
import zoe from './zoe-nguyen-mueller.mjs';

/** @type {import('./person.mjs').Person[]} */
export const patients = [maria, noah, hannah, walter, kenji, zoe];
