// The app of smart-launch.js; its page has the links of docs/deployment.md.
import './smart-launch.js';
