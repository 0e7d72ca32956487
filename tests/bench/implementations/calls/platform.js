// The minimum that an app without a library has to do.

export default ({ call, origin }) => {
  const session = { accessToken: 'token' };
  return call({
    async request(path) {
      const headers = { accept: 'application/fhir+json', authorization: `Bearer ${session.accessToken}` };
      const response = await fetch(`${origin}/fhir/${path}`, { headers });
      if (!response.ok) throw new Error(String(response.status));
      return response.json();
    },
    accessToken: async () => session.accessToken,
  });
};
