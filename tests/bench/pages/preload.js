// The same app; its page has the links of docs/deployment.md.
import './smart-launch.js';
