/** A woman with migraine and an underactive thyroid, whose name has non-ASCII characters. */

/** @type {import('./person.mjs').Person} */
export default {
  id: 'zoe-nguyen-mueller',
  name: { given: ['Zoë', 'Ánh'], family: 'Nguyễn-Müller' },
  gender: 'female',
  age: 44,
  birthday: '10-21',
  record: '0035570',
  phone: '+1 555 010 6802',
  email: 'zoe@example.org',
  address: { line: ['Große Linde 12'], city: 'Saint Paul', state: 'MN', postalCode: '55104', country: 'US' },
  language: ['vi', 'Vietnamese'],
  married: ['M', 'Married'],
  contact: { name: 'Jürgen Müller', relation: ['SPS', 'spouse'], phone: '+1 555 010 6803' },
  practitioner: 'amara-okafor',

  visits: { intervalDays: 72, type: 'followUp', reason: 'migraine', today: 'Migraine diary and thyroid level' },
  conditions: [
    { code: 'migraine', since: 5400 },
    { code: 'hypothyroidism', since: 720 },
  ],
  medications: [
    {
      code: 'levothyroxine',
      treats: 'hypothyroidism',
      since: 700,
      dosage: 'Take 1 tablet by mouth on an empty stomach every morning',
      timesADay: 1,
    },
    {
      code: 'sumatriptan',
      treats: 'migraine',
      since: 1400,
      dosage: 'Take 1 tablet by mouth when a migraine starts; once more after 2 hours if needed',
      asNeeded: true,
    },
  ],
  allergies: [
    { code: 'cotrimoxazole', since: 3800, criticality: 'low', reaction: 'rash', severity: 'mild' },
    { code: 'latex', since: 2600, criticality: 'low', reaction: 'dermatitis', severity: 'moderate' },
  ],
  height: 158,
  vitals: {
    systolic: [122, 118],
    diastolic: [78, 74],
    heartRate: [58, 66, 70],
    weight: [66.8, 64.4, 62.1],
    temperature: [36.2, 36.6],
    oxygen: 98,
  },
  labs: { intervalDays: 98, values: { thyrotropin: [9.4, 5.2, 3.1, 2.3] } },
};
