// The variables that the examples in the declarations assume.

declare const smart: import('smart-launch').SmartClient;
declare const session: import('smart-launch').SmartSession;
declare const button: HTMLButtonElement;
declare function show(value: unknown): void;
declare function explain(error: unknown): void;
declare function showVitals(): void;
declare function offerToStay(): void;
declare const bound: import('smart-launch/dpop').DpopSmartClient;
declare const backend: import('smart-launch/confidential').BackendClient;
declare let client: import('smart-launch/registration').RegisteredClient;
declare const device: import('smart-launch/registration').DynamicClient;
declare const loaded: import('smart-launch/brands').LoadedBrands;
declare const privateKeyPem: string;
declare const nextPrivateKeyPem: string;
declare const cookieSecret: string;
declare const password: string;
