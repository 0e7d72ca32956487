import { smartLaunch } from 'smart-launch/vite';
import { appConfig } from './app-config.js';

export default { plugins: [smartLaunch({ fhirBaseUrl: appConfig.fhirBaseUrl })] };
