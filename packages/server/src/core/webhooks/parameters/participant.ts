import type { ParticipantResource } from '@colloquy/protocol';
import { shownAddress } from '../../addresses.ts';
import { dateParameter, given, type Parameter, parametersOf } from './parameter.ts';

type Shaped = Pick<ParticipantResource, 'conversationSid' | 'identity' | 'roleSid' | 'attributes' | 'binding' | 'type'>;
type Stored = Shaped & Pick<ParticipantResource, 'sid' | 'dateCreated' | 'dateUpdated'>;

/** onParticipantAdd. */
export function participantAdd(participant: Shaped): Parameter[] {
  const { binding } = participant;
  return parametersOf(
    ['ConversationSid', participant.conversationSid],
    ['Identity', given(participant.identity)],
    ['RoleSid', participant.roleSid],
    ['Attributes', participant.attributes],
    ['MessagingBinding.ProxyAddress', given(binding?.proxyAddress)],
    ['MessagingBinding.Address', given(binding?.address && shownAddress(binding.address))],
    ['MessagingBinding.ProjectedAddress', given(binding?.projectedAddress)],
    ['MessagingBinding.Type', participant.type.toUpperCase()],
  );
}

/** onParticipantAdded. */
export function participantAdded(participant: Stored): Parameter[] {
  return [
    ...participantAdd(participant),
    ...parametersOf(['ParticipantSid', participant.sid], ['DateCreated', dateParameter(participant.dateCreated)]),
  ];
}

/** onParticipantUpdate (with the values it would get), onParticipantRemove. */
export function participantChange(participant: Stored): Parameter[] {
  return [...participantAdded(participant), ...parametersOf(['DateUpdated', dateParameter(participant.dateUpdated)])];
}

/** onParticipantUpdated. */
export function participantUpdated(
  participant: Stored & Pick<ParticipantResource, 'lastReadMessageIndex'>,
): Parameter[] {
  return [
    ...participantChange(participant),
    ...parametersOf(['LastReadMessageIndex', participant.lastReadMessageIndex]),
  ];
}

/** onParticipantRemoved. */
export function participantRemoved(participant: Stored, removed: number): Parameter[] {
  return [...participantChange(participant), ...parametersOf(['DateRemoved', dateParameter(removed)])];
}
