/** A boy of eight with asthma, who grows at a normal rate. */

/** @type {import('./person.mjs').Person} */
export default {
  id: 'noah-adeyemi',
  name: { given: ['Noah'], family: 'Adeyemi' },
  gender: 'male',
  age: 8,
  birthday: '09-02',
  record: '0058306',
  phone: '+1 555 010 2261',
  address: {
    line: ['7 Harbor Lane', 'Apartment 3'],
    city: 'Lakeside',
    state: 'MN',
    postalCode: '55012',
    country: 'US',
  },
  language: ['en', 'English'],
  contact: { name: 'Folake Adeyemi', relation: ['MTH', 'mother'], phone: '+1 555 010 2261' },
  practitioner: 'amara-okafor',

  visits: { intervalDays: 88, type: 'followUp', reason: 'asthma', today: 'Asthma check before the school term' },
  conditions: [
    { code: 'asthma', since: 1320 },
    { code: 'eczema', since: 2100 },
    { code: 'otitisMedia', since: 410, until: 396 },
  ],
  medications: [
    {
      code: 'fluticasone',
      treats: 'asthma',
      since: 640,
      dosage: 'Inhale 2 puffs twice a day through a spacer, then rinse the mouth',
      timesADay: 2,
      amount: 2,
      route: 'inhalation',
    },
    {
      code: 'albuterol',
      treats: 'asthma',
      since: 1320,
      dosage: 'Inhale 2 puffs through a spacer when wheezing, at most every 4 hours',
      asNeeded: true,
      amount: 2,
      route: 'inhalation',
    },
  ],
  allergies: [
    { code: 'peanut', since: 2000, criticality: 'high', reaction: 'anaphylaxis', severity: 'severe' },
    { code: 'dustMite', since: 1300, criticality: 'low', reaction: 'wheeze', severity: 'mild' },
  ],
  height: [119, 125, 130.5],
  vitals: {
    systolic: [97, 101],
    diastolic: [60, 63],
    heartRate: [94, 88],
    weight: [21.8, 24.1, 26.9],
    temperature: 36.8,
    oxygen: [95, 97, 98],
  },
};
