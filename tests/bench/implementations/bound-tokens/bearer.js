import smartLaunch from '../calls/smart-launch.js';

// Another client id, because a page has only one session for each client id.
export default (setting) => smartLaunch({ ...setting, app: { ...setting.app, clientId: 'another-app' } });
