/** A man of seventy-eight with heart failure, atrial fibrillation and failing kidneys. */

/** @type {import('./person.mjs').Person} */
export default {
  id: 'walter-nowak',
  name: { given: ['Walter', 'Jan'], family: 'Nowak' },
  gender: 'male',
  age: 78,
  birthday: '02-23',
  record: '0008842',
  phone: '+1 555 010 9054',
  address: { line: ['1103 Mill Pond Drive'], city: 'Lakeside', state: 'MN', postalCode: '55011', country: 'US' },
  language: ['pl', 'Polish'],
  married: ['W', 'Widowed'],
  contact: { name: 'Ewa Nowak-Lindgren', relation: ['DAU', 'natural daughter'], phone: '+1 555 010 9055' },
  practitioner: 'samuel-reyes',

  visits: { intervalDays: 34, type: 'followUp', reason: 'heartFailure', today: 'Heart failure clinic, weight up 2 kg' },
  conditions: [
    { code: 'heartFailure', since: 1240 },
    { code: 'kidneyDisease', since: 900 },
    { code: 'atrialFibrillation', since: 1900 },
    { code: 'hypertension', since: 7600 },
  ],
  medications: [
    {
      code: 'furosemide',
      treats: 'heartFailure',
      since: 1200,
      dosage: 'Take 1 tablet by mouth in the morning and 1 at noon',
      timesADay: 2,
    },
    {
      code: 'carvedilol',
      treats: 'heartFailure',
      since: 1100,
      dosage: 'Take 1 tablet by mouth twice a day with food',
      timesADay: 2,
    },
    {
      code: 'spironolactone',
      treats: 'heartFailure',
      since: 420,
      until: 160,
      dosage: 'Take 1 tablet by mouth every morning',
      timesADay: 1,
      stopped: 'Potassium too high',
    },
    {
      code: 'apixaban',
      treats: 'atrialFibrillation',
      since: 1500,
      dosage: 'Take 1 tablet by mouth twice a day',
      timesADay: 2,
    },
  ],
  allergies: [{ code: 'aspirin', since: 6200, criticality: 'high', reaction: 'wheeze', severity: 'moderate' }],
  height: 176,
  vitals: {
    systolic: [138, 130, 124, 118, 122],
    diastolic: [80, 76, 72, 70, 72],
    heartRate: [84, 76, 72, 78],
    weight: [92, 88.5, 86, 85.4, 85.2, 87.3],
    temperature: 36.4,
    oxygen: [94, 95, 96, 94],
  },
  labs: {
    intervalDays: 60,
    values: {
      creatinine: [1.5, 1.6, 1.7, 1.9],
      filtration: [47, 44, 41, 36],
      potassium: [4.3, 4.5, 5.6, 4.7],
      natriureticPeptide: [2900, 1700, 1250, 1900],
    },
  },
};
