/** Where our v1 document says something else than the hosted API's, each with its reason. An entry that fits nothing any more fails. */
export const contractDifferences: readonly { where: RegExp; why: string }[] = [
  {
    where: /^[A-Z]+ \S+ › answer [45]\d\d: only ours$/,
    why: 'Theirs declares no refusal. Ours names each that can come, with the envelope their pages describe.',
  },
  {
    where: /^Error: only ours$/,
    why: 'The envelope of those refusals.',
  },
  {
    where: /^security: theirs nothing, ours \[{"bearerAuth":\[\]}\]$/,
    why: 'Theirs defines the bearer scheme without asking for it; every operation needs the token.',
  },
  {
    where: /^(Message|.*\.versions\[items\])\.(entities|attachment|reactions\[items\]) › not: theirs {}, ours nothing$/,
    why: 'Theirs allows no value at all in fields it requires, which no answer can meet. Ours allows any.',
  },
  {
    where:
      /^(Message|.*\.versions\[items\])\.(replyData|forwardData|expandedData) › anyOf: theirs \[{"not":{}},{"type":"null"}\], ours nothing$/,
    why: 'Theirs allows only null in fields that hold quoted and forwarded messages. Ours allows any value.',
  },
]
