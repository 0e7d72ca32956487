import type { SmartClient } from 'smart-launch';

export type ResourceType = fhir4.FhirResource['resourceType'];
export type ResourceOf<T extends ResourceType> = Extract<fhir4.FhirResource, { resourceType: T }>;

/** Reads the pages of a search, at most `MAX_PAGES`. Returns the matches of `type`, without includes and outcomes. */
export async function search<T extends ResourceType>(
  client: SmartClient,
  type: T,
  firstPage: string,
  signal: AbortSignal,
): Promise<ResourceOf<T>[]> {
  const resources: ResourceOf<T>[] = [];
  let url: string | undefined = firstPage;
  for (let page = 0; url !== undefined && page < MAX_PAGES; page += 1) {
    const bundle: fhir4.Bundle<fhir4.FhirResource> = await client.request(url, { signal });
    for (const entry of bundle.entry ?? []) {
      if (entry.search?.mode !== 'include' && isOf(entry.resource, type)) resources.push(entry.resource);
    }
    url = bundle.link?.find((link) => link.relation === 'next')?.url;
  }
  return resources;
}

function isOf<T extends ResourceType>(resource: fhir4.FhirResource | undefined, type: T): resource is ResourceOf<T> {
  return resource?.resourceType === type;
}

/** Limits the pages, so that a server whose `next` links form a cycle does not cause an endless loop. */
const MAX_PAGES = 25;
