/** An error answer in OpenAI's shape. */
export interface ApiError {
  readonly status: number;
  readonly type: string;
  readonly code: string | null;
  readonly message: string;
  readonly param?: string;
}

export function errorBody(error: ApiError): string {
  return JSON.stringify({
    error: { message: error.message, type: error.type, param: error.param ?? null, code: error.code },
  });
}

export function invalidRequest(message: string, param?: string): ApiError {
  return { status: 400, type: 'invalid_request_error', code: null, message, ...(param !== undefined && { param }) };
}

/** As OpenAI refuses a parameter that a model does not take. */
export function unsupportedParameter(param: string): ApiError {
  return {
    status: 400,
    type: 'invalid_request_error',
    code: 'unsupported_parameter',
    message: `Unsupported parameter: '${param}' is not supported with this model.`,
    param,
  };
}

export const missingApiKey: ApiError = {
  status: 401,
  type: 'invalid_request_error',
  code: null,
  message: "You didn't provide an API key. Provide it in an Authorization header using Bearer auth.",
};

export const wrongApiKey: ApiError = {
  status: 401,
  type: 'invalid_request_error',
  code: 'invalid_api_key',
  message: 'Incorrect API key provided.',
};

export const tooLarge: ApiError = {
  status: 413,
  type: 'invalid_request_error',
  code: null,
  message: 'The request body is too large.',
};

export const unknownUrl: ApiError = {
  status: 404,
  type: 'invalid_request_error',
  code: 'unknown_url',
  message: 'Unknown request URL.',
};
