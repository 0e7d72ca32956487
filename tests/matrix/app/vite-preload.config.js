import { smartLaunch } from 'smart-launch/vite';
import { address } from './address.js';

export default { plugins: [smartLaunch({ fhirBaseUrl: address.fhirBaseUrl })] };
