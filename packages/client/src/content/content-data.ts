/** A button under a text that sends an answer. */
export type ContentDataReply = { readonly title: string; readonly id?: string };

/** Opens an address. */
export type ContentDataActionUrl = {
  readonly type: 'url';
  readonly title: string;
  readonly url: string;
  readonly rawData: string;
};

/** Calls a number. */
export type ContentDataActionPhone = {
  readonly type: 'phone';
  readonly title: string;
  readonly phone: string;
  readonly rawData: string;
};

/** Sends an answer. */
export type ContentDataActionReply = {
  readonly type: 'reply';
  readonly title: string;
  readonly id?: string;
  readonly index: number;
  readonly rawData: string;
};

export type ContentDataActionOther = { readonly type: 'other'; readonly rawData: string };

export type ContentDataAction =
  | ContentDataActionUrl
  | ContentDataActionPhone
  | ContentDataActionReply
  | ContentDataActionOther;

export type ContentDataListItem = { readonly id: string; readonly item: string; readonly description?: string };

export type ContentDataText = { readonly type: 'text'; readonly body: string; readonly rawData: string };

export type ContentDataMedia = {
  readonly type: 'media';
  readonly body?: string;
  /** Addresses. */
  readonly media: string[];
  readonly rawData: string;
};

export type ContentDataLocation = {
  readonly type: 'location';
  readonly longitude: number;
  readonly latitude: number;
  readonly label?: string;
  readonly rawData: string;
};

export type ContentDataQuickReply = {
  readonly type: 'quickReply';
  readonly body: string;
  readonly replies: ContentDataReply[];
  readonly rawData: string;
};

export type ContentDataCallToAction = {
  readonly type: 'callToAction';
  readonly body: string;
  readonly actions: ContentDataAction[];
  readonly rawData: string;
};

export type ContentDataListPicker = {
  readonly type: 'listPicker';
  readonly body: string;
  readonly button: string;
  readonly items: ContentDataListItem[];
  readonly rawData: string;
};

export type ContentDataCard = {
  readonly type: 'card';
  readonly title: string;
  readonly subtitle?: string;
  /** Addresses. */
  readonly media: string[];
  readonly actions: ContentDataAction[];
  readonly rawData: string;
};

/** Of a type that this version does not know. */
export type ContentDataOther = { readonly type: 'other'; readonly rawData: string };

/** What a message of a content template shows. `rawData` is all that the template has for it, as JSON text. */
export type ContentData =
  | ContentDataText
  | ContentDataMedia
  | ContentDataLocation
  | ContentDataQuickReply
  | ContentDataCallToAction
  | ContentDataListPicker
  | ContentDataCard
  | ContentDataOther;
