// FHIR resources and elements, loosely typed (`any`) for apps that read resources without types of their own.

export type id = string;
export type uri = string;
export type code = string;
export type instant = string;
export type date = string;
export type dateTime = string;
export type unsignedInt = number;
export type valueX = `value${string}`;

export interface Element {
  id?: string;
  extension?: Extension[];
  [element: string]: any;
}

/** `Value` is the name of the member that has the value, such as `valueUri`. */
export interface Extension<Value = valueX> extends Element {
  url: string;
}

export interface BackboneElement extends Element {
  modifierExtension?: Extension[];
}

export interface Quantity extends Element {
  value?: number;
  comparator?: string;
  unit?: string;
  system?: string;
  code?: string;
}

export interface Resource {
  id?: string;
  resourceType?: string;
  meta?: Meta;
  implicitRules?: uri;
  language?: code;
  [element: string]: any;
}

export interface Meta extends Element {
  lastUpdated?: any;
}

export interface Patient extends Resource {
  resourceType: 'Patient';
}

export interface Practitioner extends Resource {
  resourceType: 'Practitioner';
}

export interface RelatedPerson extends Resource {
  resourceType: 'RelatedPerson';
}

export interface Encounter extends Resource {
  resourceType: 'Encounter';
}

export interface Observation extends Resource {
  resourceType: 'Observation';
}

export interface CapabilityStatement extends Resource {
  fhirVersion: string;
  rest: Array<{
    security?: {
      cors?: boolean;
      extension?: Array<{ url: string; extension: Array<Extension<'valueUri'>> }>;
    };
    resource: Array<{ type: string }>;
  }>;
}

export interface Bundle extends Resource {
  identifier?: Identifier;
  type: string;
  total?: unsignedInt;
  link: BundleLink[];
  entry?: BundleEntry[];
}

export interface BundleLink extends BackboneElement {
  relation: string;
  url: uri;
}

export interface BundleEntry extends BackboneElement {
  fullUrl: string;
  resource: Resource;
}

export interface Period extends Element {
  start?: dateTime;
  end?: dateTime;
}

export interface Coding extends Element {
  system?: uri;
  version?: string;
  code?: code;
  display?: string;
  userSelected?: boolean;
}

export interface CodeableConcept extends Element {
  coding?: Coding[];
  text?: string;
}

export interface Reference extends Element {
  reference?: string;
  identifier?: Identifier;
  display?: string;
}

export interface Identifier extends Element {
  use?: 'usual' | 'official' | 'temp' | 'secondary';
  type?: CodeableConcept;
  system?: uri;
  value?: string;
  period?: Period;
  assigner?: Reference;
}
