import { listTemplates } from '../../../core/content/actions.ts';
import { answer, type Handle } from '../call.ts';
import { iso } from '../sync/data.ts';
import { readCursor, writeCursor } from './cursors.ts';

const listedAtOnce = 100;

/** `GET Client/v2/ContentTemplates`: every user may send what a template says, so every user may know of it. */
export const getTemplates: Handle = async ({ core, actor, query }) => {
  const page = await listTemplates(core.db, actor.account, {
    limit: listedAtOnce,
    cursor: readCursor(query, 'string'),
  });
  return answer({
    templates: page.items.map((row) => ({
      sid: row.sid,
      friendly_name: row.friendly_name,
      variables: row.variables,
      variants: JSON.parse(row.types),
      date_created: iso(row.date_created),
      date_updated: iso(row.date_updated),
    })),
    meta: { previous_token: writeCursor(page.previous), next_token: writeCursor(page.next) },
  });
};
