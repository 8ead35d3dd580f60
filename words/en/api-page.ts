// The page that shows the admin API.
export const apiPage = {
  'api.title': 'Admin API',
  'api.why':
    'Everything that operators do, for programs. A program sends “Authorization: Bearer cso_…”, an API token with a role and an end; make one in the console, or by “npx countersign operator token”.',
  'api.document': 'The same as OpenAPI 3.1',
  'api.console': 'To the console',
  'api.contents': 'Contents',
  'api.parameters': 'Parameters',
  'api.body': 'Body',
  'api.answer': 'Answer',
  'api.nothing': 'Nothing: 204',
  'api.file': 'A file: {types}',
  'api.command': 'On the command line: {command}',
  'api.required': 'required',
  'api.in.path': 'in the path',
  'api.in.query': 'in the query',
  'api.in.header': 'header',
  'api.try': 'Try it',
} as const
