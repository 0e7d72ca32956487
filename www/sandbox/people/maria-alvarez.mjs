/** A woman whose high blood pressure and type 2 diabetes come under control over two years. */

/** @type {import('./person.mjs').Person} */
export default {
  id: 'maria-alvarez',
  name: { given: ['Maria', 'Elena'], family: 'Alvarez' },
  gender: 'female',
  age: 58,
  birthday: '04-17',
  record: '0041729',
  phone: '+1 555 010 4417',
  email: 'maria.alvarez@example.org',
  address: { line: ['218 Willow Street'], city: 'Lakeside', state: 'MN', postalCode: '55011', country: 'US' },
  language: ['es', 'Spanish'],
  married: ['M', 'Married'],
  contact: { name: 'Jorge Alvarez', relation: ['SPS', 'spouse'], phone: '+1 555 010 4418' },
  practitioner: 'amara-okafor',

  visits: { intervalDays: 46, type: 'followUp', reason: 'hypertension', today: 'Blood pressure and diabetes review' },
  conditions: [
    { code: 'hypertension', since: 3300 },
    { code: 'diabetes', since: 2140 },
    { code: 'hyperlipidemia', since: 1500 },
  ],
  medications: [
    {
      code: 'lisinopril',
      treats: 'hypertension',
      since: 690,
      dosage: 'Take 1 tablet by mouth every morning',
      timesADay: 1,
    },
    {
      code: 'metformin',
      treats: 'diabetes',
      since: 690,
      dosage: 'Take 2 tablets by mouth with the evening meal',
      timesADay: 1,
      amount: 2,
    },
    {
      code: 'atorvastatin',
      treats: 'hyperlipidemia',
      since: 500,
      dosage: 'Take 1 tablet by mouth at bedtime',
      timesADay: 1,
    },
  ],
  allergies: [{ code: 'penicillin', since: 9000, criticality: 'high', reaction: 'hives', severity: 'moderate' }],
  height: 163,
  vitals: {
    systolic: [156, 150, 142, 136, 132],
    diastolic: [96, 92, 88, 84, 82],
    heartRate: [80, 76, 74],
    weight: [87.5, 86, 83.5, 81.8],
    temperature: 36.7,
    oxygen: 97,
  },
  labs: {
    intervalDays: 92,
    values: {
      hemoglobinA1c: [8.6, 8.1, 7.4, 7.0, 6.8],
      fastingGlucose: [182, 168, 141, 128],
      ldl: [148, 121, 96, 88],
    },
  },
};
