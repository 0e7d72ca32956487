/**
 * Providers, signals, a route guard and an HTTP interceptor for Angular, over a client of `smart-launch`. For Angular 19 and later
 * with `@angular/router`. There are no decorators, so nothing has to be compiled.
 */

export { smartGuard } from './angular/guard.js';
export { smartInterceptor } from './angular/interceptor.js';
export { provideSmart } from './angular/provide.js';
export { injectSmartRequest } from './angular/request.js';
export { injectSmart } from './angular/state.js';
export type { SmartReadSignals } from './angular/request.js';
export type { SmartSignals } from './angular/state.js';
