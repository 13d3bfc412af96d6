import type {
  EmailLevel,
  MembershipResource,
  NotificationLevel,
  ParticipantResource,
  ParticipantType,
  RestParticipant,
  Sid,
} from '@colloquy/protocol';
import type { ParticipantsTable } from '../../storage/schema.ts';
import { shownAddress } from '../addresses.ts';

export function participantResource(row: ParticipantsTable): ParticipantResource {
  const bound = row.address !== null || row.proxy_address !== null || row.projected_address !== null;
  return {
    sid: row.sid as Sid<'MB'>,
    conversationSid: row.conversation_sid as Sid<'CH'>,
    identity: row.identity,
    userSid: row.user_sid as Sid<'US'> | null,
    type: row.type as ParticipantType,
    binding: bound
      ? {
          address: row.address && shownAddress(row.address),
          proxyAddress: row.proxy_address,
          projectedAddress: row.projected_address,
          ...(row.type === 'email' && {
            name: row.binding_name ?? '',
            level: (row.binding_level ?? 'to') as EmailLevel | 'from',
          }),
        }
      : null,
    attributes: row.attributes,
    roleSid: row.role_sid as Sid<'RL'> | null,
    lastReadMessageIndex: row.last_read_message_index,
    lastReadTimestamp: row.last_read_timestamp,
    dateCreated: row.date_created,
    dateUpdated: row.date_updated,
    position: row.position,
  };
}

/** The same row as its user sees it in his list of conversations. */
export function membershipResource(row: ParticipantsTable): MembershipResource {
  return {
    conversationSid: row.conversation_sid as Sid<'CH'>,
    participantSid: row.sid as Sid<'MB'>,
    notificationLevel: row.notification_level as NotificationLevel,
    lastReadMessageIndex: row.last_read_message_index,
    lastReadTimestamp: row.last_read_timestamp,
    dateCreated: row.date_created,
    position: row.membership_position,
  };
}

export function restParticipant(row: ParticipantsTable): RestParticipant {
  const { type, binding } = participantResource(row);
  return {
    sid: row.sid,
    conversation_sid: row.conversation_sid,
    chat_service_sid: row.service_sid,
    role_sid: row.role_sid,
    identity: row.identity,
    attributes: row.attributes,
    messaging_binding: binding && { type, address: row.address, proxy_address: row.proxy_address },
    date_created: new Date(row.date_created).toISOString(),
    date_updated: new Date(row.date_updated).toISOString(),
  };
}
