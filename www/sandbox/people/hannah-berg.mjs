/** A woman of thirty-one, twenty-six weeks pregnant, treated for iron deficiency. */

/** @type {import('./person.mjs').Person} */
export default {
  id: 'hannah-berg',
  name: { given: ['Hannah', 'Sofie'], family: 'Berg' },
  gender: 'female',
  age: 31,
  birthday: '12-08',
  record: '0062915',
  phone: '+1 555 010 7730',
  email: 'hannah.berg@example.org',
  address: { line: ['46 Orchard Road'], city: 'Northfield', state: 'MN', postalCode: '55057', country: 'US' },
  language: ['en', 'English'],
  married: ['M', 'Married'],
  contact: { name: 'Elias Berg', relation: ['SPS', 'spouse'], phone: '+1 555 010 7731' },
  practitioner: 'samuel-reyes',

  visits: { intervalDays: 30, type: 'prenatal', reason: 'pregnancy', since: 182, today: 'Prenatal visit, week 26' },
  conditions: [
    { code: 'pregnancy', since: 182 },
    { code: 'anemia', since: 96 },
  ],
  medications: [
    { code: 'folicAcid', treats: 'pregnancy', since: 230, dosage: 'Take 1 tablet by mouth once a day', timesADay: 1 },
    {
      code: 'ferrousSulfate',
      treats: 'anemia',
      since: 96,
      dosage: 'Take 1 tablet by mouth every other morning with a glass of water',
      timesADay: 0.5,
    },
  ],
  allergies: [{ code: 'none' }],
  height: 170,
  vitals: {
    systolic: [114, 110, 108, 112],
    diastolic: [70, 66, 66, 70],
    heartRate: [70, 76, 84],
    weight: [63.4, 64.2, 67.1, 70.8],
    temperature: 36.7,
    oxygen: 98,
  },
  labs: { intervalDays: 45, values: { hemoglobin: [12.4, 10.4, 10.7, 11.4], ferritin: [22, 9, 14, 24] } },
};
