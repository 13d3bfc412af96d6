import type { Sid, TemplateResource } from '@colloquy/protocol';
import type { ContentTemplatesTable } from '../../storage/schema/content.ts';
import { shownContent } from './shown.ts';

export function templateResource(row: ContentTemplatesTable): TemplateResource {
  const types = Object.entries<Record<string, unknown>>(JSON.parse(row.types));
  return {
    sid: row.sid as Sid<'HX'>,
    friendlyName: row.friendly_name,
    variables: JSON.parse(row.variables),
    variants: Object.fromEntries(types.map(([type, raw]) => [type, shownContent(type, raw)])),
    dateCreated: row.date_created,
    dateUpdated: row.date_updated,
  };
}
