import { findService } from '../../../core/services/actions.ts';
import { attachmentLimits } from '../../attachment-limits.ts';
import { answer, type Handle } from '../call.ts';
import { objectOf } from '../sync/objects.ts';
import { configurationUrl, links } from './links.ts';
import { listedAtOnce } from './my-conversations.ts';

/** `GET Client/v2/Configuration`: the client's first request, from which it knows where everything else is. */
export const getConfiguration: Handle = async ({ core, actor, address }) => {
  const service = await findService(core.db, actor.account, actor.service);
  const media = `${address}/v1/Services/${actor.service}`;
  const attachments = attachmentLimits(core.limits);
  return answer({
    identity: actor.identity,
    options: {
      reachability_enabled: service?.reachability_enabled === 1,
      // Nothing is kept by the client for a while: it would be told of changes, and not see them.
      http_cache_interval: 'PT0S',
      consumption_report_interval: 'PT5S',
      user_infos_to_subscribe: 100,
      my_conversations_page_size: listedAtOnce,
      media_attachments_count_limit: attachments.mediaAttachmentsCountLimit,
      media_attachment_size_limit_in_mb: attachments.mediaAttachmentSizeLimitInMb,
      media_attachments_total_size_limit_in_mb: attachments.mediaAttachmentsTotalSizeLimitInMb,
      email_bodies_allowed_mime_types: attachments.emailBodiesAllowedContentTypes,
      email_histories_allowed_mime_types: attachments.emailHistoriesAllowedContentTypes,
    },
    sync_objects: {
      my_conversations: objectOf('memberships', actor.user).uniqueName,
      my_user_info: objectOf('userInfo', actor.user).uniqueName,
    },
    links: {
      my_conversations: links.myConversations,
      conversations: links.conversations,
      users: links.users,
      current_user: links.user(actor.identity),
      typing: links.typing,
      media_service: `${media}/Media`,
      media_set_service: `${media}/MediaSet`,
      messages_receipts: `${links.messages('%s')}/%s/Receipts`,
    },
    url: configurationUrl,
  });
};
