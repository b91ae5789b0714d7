/** The API wants a limit of output, which the model's thinking counts against; only what is written is paid for. */
export const defaultMaxTokens = 16_384;

/**
 * The version under which a model that takes a temperature gets one, and the only one that every server knows which
 * speaks this protocol; what a newer model refuses is left out by negotiation.
 */
export const versionHeader = { 'anthropic-version': '2023-06-01' };

export const keyHeader = { name: 'x-api-key', prefix: '' };
