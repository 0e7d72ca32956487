/**
 * The EHR's style (SMART App Launch 2.2, "SMART App Styling", experimental): colours, dimensions and fonts, checked so that they
 * can be used in CSS.
 */

export { loadSmartStyle } from './style/load-style.js';
export { readSmartStyle } from './style/read-style.js';
export type { LoadStyleOptions } from './style/load-style.js';
export type { SmartStyle, SmartStyleValues } from './style/read-style.js';
