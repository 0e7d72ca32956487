/** A rower of twenty-three, nearly healthy: few visits, a slow pulse, one sprain that healed. */

/** @type {import('./person.mjs').Person} */
export default {
  id: 'kenji-watanabe',
  name: { given: ['Kenji'], family: 'Watanabe' },
  gender: 'male',
  age: 23,
  birthday: '06-30',
  record: '0071148',
  phone: '+1 555 010 3386',
  email: 'kenji.watanabe@example.org',
  address: {
    line: ['College Boathouse', '2 River Walk'],
    city: 'Northfield',
    state: 'MN',
    postalCode: '55057',
    country: 'US',
  },
  language: ['en', 'English'],
  married: ['S', 'Never Married'],
  contact: { name: 'Naomi Watanabe', relation: ['MTH', 'mother'], phone: '+1 555 010 3387' },
  practitioner: 'amara-okafor',

  visits: { intervalDays: 175, type: 'examination', today: 'Sports physical' },
  conditions: [{ code: 'ankleSprain', since: 301, until: 262 }],
  medications: [
    {
      code: 'ibuprofen',
      treats: 'ankleSprain',
      since: 301,
      until: 291,
      dosage: 'Take 1 tablet by mouth with food up to three times a day',
      timesADay: 3,
    },
  ],
  allergies: [{ code: 'none' }],
  height: 186,
  vitals: { systolic: 116, diastolic: 68, heartRate: [54, 49], weight: [80.4, 82.6], temperature: 36.5, oxygen: 99 },
};
