import type { TemplateResource } from '@colloquy/protocol';
import { dateOf } from '../mirror.ts';
import type { ContentData } from './content-data.ts';

/** What stands in a place of a content template. */
export class ContentTemplateVariable {
  readonly name: string;
  readonly value: string;

  /** A place by its name, as the template has it, and what is to stand there. */
  constructor(name: string, value: string) {
    this.name = name;
    this.value = value;
  }

  /** The same place, filled with something else. */
  copyWithValue(value: string): ContentTemplateVariable {
    return variableOf(this.name, value);
  }
}

/** @internal Not in the class: a class that names itself is minified worse. */
export function variableOf(name: string, value: string): ContentTemplateVariable {
  return new ContentTemplateVariable(name, value);
}

/** A text, or something richer, with places that each message fills. A snapshot: it does not change. */
export class ContentTemplate {
  declare readonly sid: string;
  declare readonly friendlyName: string;
  /** Its places, and what stands in them where a message says nothing else. */
  declare readonly variables: ContentTemplateVariable[];
  /** By type, such as `twilio/quick-reply`. */
  declare readonly variants: Map<string, ContentData>;
  declare readonly dateCreated: Date;
  declare readonly dateUpdated: Date;

  /** @internal */
  constructor(resource: TemplateResource) {
    Object.assign(this, resource, {
      friendlyName: resource.friendlyName ?? '',
      variables: Object.entries(resource.variables).map(([name, value]) => variableOf(name, value)),
      variants: new Map(Object.entries(resource.variants)),
      dateCreated: dateOf(resource.dateCreated),
      dateUpdated: dateOf(resource.dateUpdated),
    });
  }
}
