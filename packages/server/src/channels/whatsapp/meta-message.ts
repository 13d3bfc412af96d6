/**
 * What goes to `POST /{phone-number-id}/messages` beside whom it is for: a type, and an object of that name. Source:
 * "Messages" of the Cloud API.
 */
export type MetaMessage =
  | { type: 'text'; text: { body: string; preview_url: boolean } }
  | { type: 'image' | 'audio' | 'video' | 'document' | 'sticker'; [object: string]: unknown }
  | { type: 'location'; location: { latitude: number; longitude: number; name?: string } }
  | { type: 'interactive'; interactive: Readonly<Record<string, unknown>> }
  | { type: 'template'; template: { name: string; language: { code: string }; components: readonly unknown[] } }
  | { type: 'reaction'; reaction: { message_id: string; emoji: string } };

/** The longest text of a message, in characters. */
export const textLimit = 4096;

export function textMessage(body: string): MetaMessage {
  return { type: 'text', text: { body, preview_url: /https?:\/\/\S/.test(body) } };
}

/** What the channel keeps with a piece that is more than text or a file. */
export type PieceData =
  /** It is this. */
  | { message: MetaMessage }
  /**
   * It is the template that Meta approved under a name, which may be sent at any time. Where there is none, it is what
   * can be sent within the window; null: it is only for the template.
   */
  | { template: { name: string; language: string }; session: MetaMessage | null }
  /** Its file goes as a link. */
  | { link: true }
  | { reaction: true };
