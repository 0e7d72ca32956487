import smartLaunch from '../calls/smart-launch.js';

// A page has one session of an app.
export default (setting) => smartLaunch({ ...setting, app: { ...setting.app, clientId: 'another-app' } });
