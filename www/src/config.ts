/** The configuration that the page needs before it can sign in, served as `/config.json`. */
export interface DemoConfig {
  readonly fhirBaseUrl: string;
  /** The EHR that can launch this app; `null` if there is none. */
  readonly ehrUrl: string | null;
  /** The demo that signs in on its server; `null` if it does not run. */
  readonly serverAppUrl: string | null;
  readonly clientId: string;
  readonly scope: string;
  /** Lifetime of the server's access tokens in seconds; `null` if unknown. */
  readonly accessTokenSeconds: number | null;
}

export async function loadConfig(): Promise<DemoConfig> {
  const response = await fetch('/config.json', { cache: 'no-store' });
  if (!response.ok) throw new Error(`/config.json could not be read: the server answered ${response.status}.`);
  const config: unknown = await response.json();
  if (!isObject(config)) throw new Error('/config.json is not a JSON object.');
  return {
    fhirBaseUrl: text(config, 'fhirBaseUrl'),
    ehrUrl: typeof config['ehrUrl'] === 'string' ? config['ehrUrl'] : null,
    serverAppUrl: typeof config['serverAppUrl'] === 'string' ? config['serverAppUrl'] : null,
    clientId: text(config, 'clientId'),
    scope: text(config, 'scope'),
    accessTokenSeconds: typeof config['accessTokenSeconds'] === 'number' ? config['accessTokenSeconds'] : null,
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(config: Record<string, unknown>, name: string): string {
  const value = config[name];
  if (typeof value !== 'string' || value === '') throw new Error(`/config.json lacks "${name}".`);
  return value;
}
