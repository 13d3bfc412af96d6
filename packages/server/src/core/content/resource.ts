import type { Sid, TemplateResource } from '@colloquy/protocol';
import type { ContentTemplatesTable } from '../../storage/schema/content.ts';

export function templateResource(row: ContentTemplatesTable): TemplateResource {
  return {
    sid: row.sid as Sid<'HX'>,
    friendlyName: row.friendly_name,
    variables: JSON.parse(row.variables),
    types: JSON.parse(row.types),
    dateCreated: row.date_created,
    dateUpdated: row.date_updated,
  };
}
