/**
 * The codes that the charts use, by short name: SNOMED CT, RxNorm and LOINC, with UCUM units.
 */

const SNOMED = 'http://snomed.info/sct';
const RXNORM = 'http://www.nlm.nih.gov/research/umls/rxnorm';
const LOINC = 'http://loinc.org';
const HL7 = 'http://terminology.hl7.org/CodeSystem';

/**
 * A CodeableConcept with one coding.
 *
 * @param {string} system
 * @param {string} code
 * @param {string} display
 *
 * @typedef {ReturnType<typeof concept>} Concept
 *
 * @typedef {object} Measure
 * @property {Concept} code
 * @property {string} unit for people
 * @property {string} ucum
 * @property {number} digits number of decimals
 * @property {number} spread the largest difference between a reading and the trend
 * @property {number} [max] the largest possible value
 * @property {number} [low] lower limit of the normal range in an adult
 * @property {number} [high] upper limit of that range
 *
 * @typedef {keyof typeof conditions} ConditionName
 * @typedef {keyof typeof medications} MedicationName
 * @typedef {keyof typeof substances} SubstanceName
 * @typedef {keyof typeof reactions} ReactionName
 * @typedef {keyof typeof visits} VisitName
 * @typedef {keyof typeof vitalSigns} VitalSignName
 * @typedef {keyof typeof labTests} LabTestName
 */
export const concept = (system, code, display, text = display) => ({
  coding: [{ system, code, display }],
  text,
});

/**
 * A CodeableConcept from one of HL7's own code systems.
 *
 * @param {string} system
 * @param {string} code
 * @param {string} display
 */
export const hl7 = (system, code, display) => concept(`${HL7}/${system}`, code, display);

/** @typedef {(code: string, display: string, text?: string) => Concept} Concepts creates a concept of one code system */

/** @type {Concepts} */
const snomed = (code, display, text) => concept(SNOMED, code, display, text);
/** @type {Concepts} */
const rxnorm = (code, display, text) => concept(RXNORM, code, display, text);
/** @type {Concepts} */
const loinc = (code, display, text) => concept(LOINC, code, display, text);

export const conditions = {
  hypertension: snomed('59621000', 'Essential hypertension', 'High blood pressure'),
  diabetes: snomed('44054006', 'Diabetes mellitus type 2', 'Type 2 diabetes'),
  hyperlipidemia: snomed('55822004', 'Hyperlipidemia', 'High cholesterol'),
  asthma: snomed('195967001', 'Asthma', 'Asthma'),
  eczema: snomed('24079001', 'Atopic dermatitis', 'Eczema'),
  otitisMedia: snomed('65363002', 'Otitis media', 'Middle ear infection'),
  pregnancy: snomed('72892002', 'Normal pregnancy', 'Pregnancy'),
  anemia: snomed('87522002', 'Iron deficiency anemia', 'Iron deficiency anemia'),
  heartFailure: snomed('88805009', 'Chronic congestive heart failure', 'Heart failure'),
  kidneyDisease: snomed('433144002', 'Chronic kidney disease stage 3', 'Chronic kidney disease, stage 3'),
  atrialFibrillation: snomed('49436004', 'Atrial fibrillation', 'Atrial fibrillation'),
  ankleSprain: snomed('44465007', 'Sprain of ankle', 'Ankle sprain'),
  migraine: snomed('37796009', 'Migraine', 'Migraine'),
  hypothyroidism: snomed('40930008', 'Hypothyroidism', 'Underactive thyroid'),
};

export const medications = {
  lisinopril: rxnorm('314077', 'lisinopril 20 MG Oral Tablet', 'Lisinopril 20 mg'),
  metformin: rxnorm('860975', '24 HR metformin hydrochloride 500 MG Extended Release Oral Tablet', 'Metformin ER 500 mg'),
  atorvastatin: rxnorm('617310', 'atorvastatin 20 MG Oral Tablet', 'Atorvastatin 20 mg'),
  albuterol: rxnorm('745679', '200 ACTUAT albuterol 0.09 MG/ACTUAT Metered Dose Inhaler', 'Albuterol inhaler 90 mcg'),
  fluticasone: rxnorm('895994', '120 ACTUAT fluticasone propionate 0.044 MG/ACTUAT Metered Dose Inhaler', 'Fluticasone inhaler 44 mcg'),
  folicAcid: rxnorm('310410', 'folic acid 1 MG Oral Tablet', 'Folic acid 1 mg'),
  ferrousSulfate: rxnorm('310325', 'ferrous sulfate 325 MG Oral Tablet', 'Ferrous sulfate 325 mg'),
  furosemide: rxnorm('313988', 'furosemide 40 MG Oral Tablet', 'Furosemide 40 mg'),
  carvedilol: rxnorm('200032', 'carvedilol 12.5 MG Oral Tablet', 'Carvedilol 12.5 mg'),
  spironolactone: rxnorm('313096', 'spironolactone 25 MG Oral Tablet', 'Spironolactone 25 mg'),
  apixaban: rxnorm('1364445', 'apixaban 5 MG Oral Tablet', 'Apixaban 5 mg'),
  ibuprofen: rxnorm('197805', 'ibuprofen 400 MG Oral Tablet', 'Ibuprofen 400 mg'),
  levothyroxine: rxnorm('966222', 'levothyroxine sodium 0.075 MG Oral Tablet', 'Levothyroxine 75 mcg'),
  sumatriptan: rxnorm('313161', 'sumatriptan 50 MG Oral Tablet', 'Sumatriptan 50 mg'),
};

/**
 * Substances that cause allergies, and their FHIR category.
 *
 * @satisfies {Record<string, { category?: string, code: Concept }>}
 */
export const substances = {
  penicillin: { category: 'medication', code: rxnorm('7984', 'penicillin V', 'Penicillin') },
  cotrimoxazole: { category: 'medication', code: rxnorm('10831', 'sulfamethoxazole / trimethoprim', 'Co-trimoxazole') },
  aspirin: { category: 'medication', code: rxnorm('1191', 'aspirin', 'Aspirin') },
  peanut: { category: 'food', code: snomed('762952008', 'Peanut', 'Peanut') },
  dustMite: { category: 'environment', code: snomed('260147004', 'House dust mite', 'House dust mite') },
  latex: { category: 'environment', code: snomed('111088007', 'Latex', 'Latex') },
  none: { code: snomed('716186003', 'No known allergy', 'No known allergies') },
};

/** Codes of SNOMED CT that state that there is no allergy, or none of a kind: 'No known allergy' and narrower ones. */
const NO_ALLERGY = ['716186003', '409137002', '428197003', '428607008', '429625007', '716220001'];

/** @param {import('../fhir/datatypes.mjs').Concept | undefined} concept */
export const statesNoAllergy = (concept) =>
  concept?.coding?.some(({ system, code = '' }) => system === SNOMED && NO_ALLERGY.includes(code)) ?? false;

export const reactions = {
  anaphylaxis: snomed('39579001', 'Anaphylaxis'),
  hives: snomed('247472004', 'Wheal', 'Hives'),
  rash: snomed('271807003', 'Eruption of skin', 'Skin rash'),
  wheeze: snomed('56018004', 'Wheezing'),
  dermatitis: snomed('40275004', 'Contact dermatitis'),
};

export const visits = {
  checkUp: snomed('185349003', 'Encounter for check up', 'Check-up'),
  followUp: snomed('390906007', 'Follow-up encounter', 'Follow-up visit'),
  prenatal: snomed('424619006', 'Prenatal visit', 'Prenatal visit'),
  examination: snomed('162673000', 'General examination of patient', 'General examination'),
};

/**
 * Vital signs.
 *
 * @satisfies {Record<string, Measure>}
 */
export const vitalSigns = {
  systolic: { code: loinc('8480-6', 'Systolic blood pressure'), unit: 'mmHg', ucum: 'mm[Hg]', digits: 0, spread: 7 },
  diastolic: { code: loinc('8462-4', 'Diastolic blood pressure'), unit: 'mmHg', ucum: 'mm[Hg]', digits: 0, spread: 5 },
  heartRate: { code: loinc('8867-4', 'Heart rate'), unit: 'beats/min', ucum: '/min', digits: 0, spread: 5 },
  weight: { code: loinc('29463-7', 'Body weight', 'Weight'), unit: 'kg', ucum: 'kg', digits: 1, spread: 0.6 },
  height: { code: loinc('8302-2', 'Body height', 'Height'), unit: 'cm', ucum: 'cm', digits: 1, spread: 0 },
  bodyMass: { code: loinc('39156-5', 'Body mass index (BMI) [Ratio]', 'Body mass index'), unit: 'kg/m²', ucum: 'kg/m2', digits: 1, spread: 0 },
  temperature: { code: loinc('8310-5', 'Body temperature', 'Temperature'), unit: '°C', ucum: 'Cel', digits: 1, spread: 0.3 },
  oxygen: { code: loinc('59408-5', 'Oxygen saturation in Arterial blood by Pulse oximetry', 'Oxygen saturation'), unit: '%', ucum: '%', digits: 0, spread: 1, max: 100 },
};

export const bloodPressure = loinc('85354-9', 'Blood pressure panel with all children optional', 'Blood pressure');

/**
 * Laboratory tests, with the normal range of an adult.
 *
 * @satisfies {Record<string, Measure>}
 */
export const labTests = {
  hemoglobinA1c: { code: loinc('4548-4', 'Hemoglobin A1c/Hemoglobin.total in Blood', 'Hemoglobin A1c'), unit: '%', ucum: '%', digits: 1, spread: 0.2, low: 4, high: 5.6 },
  fastingGlucose: { code: loinc('1558-6', 'Fasting glucose [Mass/volume] in Serum or Plasma', 'Fasting glucose'), unit: 'mg/dL', ucum: 'mg/dL', digits: 0, spread: 12, low: 70, high: 99 },
  ldl: { code: loinc('13457-7', 'Cholesterol in LDL [Mass/volume] in Serum or Plasma by calculation', 'LDL cholesterol'), unit: 'mg/dL', ucum: 'mg/dL', digits: 0, spread: 8, high: 129 },
  creatinine: { code: loinc('2160-0', 'Creatinine [Mass/volume] in Serum or Plasma', 'Creatinine'), unit: 'mg/dL', ucum: 'mg/dL', digits: 2, spread: 0.08, low: 0.6, high: 1.3 },
  filtration: { code: loinc('98979-8', 'Glomerular filtration rate/1.73 sq M.predicted [Volume Rate/Area] in Serum, Plasma or Blood by Creatinine-based formula (CKD-EPI 2021)', 'eGFR'), unit: 'mL/min/1.73 m²', ucum: 'mL/min/{1.73_m2}', digits: 0, spread: 2, low: 60 },
  potassium: { code: loinc('2823-3', 'Potassium [Moles/volume] in Serum or Plasma', 'Potassium'), unit: 'mmol/L', ucum: 'mmol/L', digits: 1, spread: 0.3, low: 3.5, high: 5.1 },
  natriureticPeptide: { code: loinc('33762-6', 'Natriuretic peptide.B prohormone N-Terminal [Mass/volume] in Serum or Plasma', 'NT-proBNP'), unit: 'pg/mL', ucum: 'pg/mL', digits: 0, spread: 90, high: 450 },
  hemoglobin: { code: loinc('718-7', 'Hemoglobin [Mass/volume] in Blood', 'Hemoglobin'), unit: 'g/dL', ucum: 'g/dL', digits: 1, spread: 0.2, low: 11, high: 16 },
  ferritin: { code: loinc('2276-4', 'Ferritin [Mass/volume] in Serum or Plasma', 'Ferritin'), unit: 'ng/mL', ucum: 'ng/mL', digits: 0, spread: 2, low: 15, high: 150 },
  thyrotropin: { code: loinc('3016-3', 'Thyrotropin [Units/volume] in Serum or Plasma', 'TSH'), unit: 'mIU/L', ucum: 'm[IU]/L', digits: 2, spread: 0.3, low: 0.4, high: 4 },
};
