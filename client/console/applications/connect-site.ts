// What stands in the configuration of a proxy that protects a site. Where this server and the site listen is for the
// reader to fill in; the same blocks are on the page of the docs, whose tests run them.
import type { Snippet } from './connect.ts'

/** @param site its origin */
export function siteSnippets(site: string): Snippet[] {
  const { host, hostname } = new URL(site)
  return [
    { id: 'nginx', text: nginx(new URL(site)) },
    { id: 'caddy', text: caddy(host) },
    { id: 'traefik', text: traefik(hostname) },
  ]
}

const nginx = ({ origin, protocol, host, hostname, port }: URL) => `server {
  listen ${port || '443'} ssl;
  server_name ${hostname};
  ssl_certificate     /etc/ssl/wiki.pem;
  ssl_certificate_key /etc/ssl/wiki.key;

  location / {
    auth_request /forward-auth;
    error_page 401 = @sign-in;

    # Each of them, whatever the client sent under that name.
    auth_request_set $countersign_user    $upstream_http_x_countersign_user;
    auth_request_set $countersign_user_id $upstream_http_x_countersign_user_id;
    auth_request_set $countersign_name    $upstream_http_x_countersign_name;
    auth_request_set $countersign_email   $upstream_http_x_countersign_email;
    auth_request_set $countersign_groups  $upstream_http_x_countersign_groups;
    proxy_set_header X-Countersign-User    $countersign_user;
    proxy_set_header X-Countersign-User-Id $countersign_user_id;
    proxy_set_header X-Countersign-Name    $countersign_name;
    proxy_set_header X-Countersign-Email   $countersign_email;
    proxy_set_header X-Countersign-Groups  $countersign_groups;
    proxy_set_header Host ${host};
    proxy_pass http://127.0.0.1:3000;
  }

  location @sign-in {
    return 302 ${origin}/forward-auth/start?rd=$request_uri;
  }

  # The site's own name, never what the client sent: a session of another site would count here.
  location = /forward-auth {
    internal;
    proxy_pass http://127.0.0.1:8080;
    proxy_pass_request_body off;
    proxy_set_header Content-Length "";
    proxy_set_header X-Forwarded-Uri "";
    proxy_set_header X-Forwarded-Host ${host};
    proxy_set_header X-Forwarded-Proto ${protocol.slice(0, -1)};
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header Forwarded "";
  }

  location /forward-auth/ {
    proxy_pass http://127.0.0.1:8080;
    proxy_set_header X-Forwarded-Host ${host};
    proxy_set_header X-Forwarded-Proto ${protocol.slice(0, -1)};
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header Forwarded "";
  }
}`

const caddy = (host: string) => `${host} {
  request_header -Forwarded
  handle /forward-auth/* {
    reverse_proxy 127.0.0.1:8080 {
      header_up X-Forwarded-Host ${host}
    }
  }
  handle {
    route {
      request_header -*Countersign*
      forward_auth 127.0.0.1:8080 {
        uri /forward-auth
        header_up X-Forwarded-Host ${host}
        copy_headers X-Countersign-User X-Countersign-User-Id X-Countersign-Name X-Countersign-Email X-Countersign-Groups
      }
      reverse_proxy 127.0.0.1:3000
    }
  }
}`

const traefik = (host: string) => `http:
  routers:
    wiki:
      rule: Host(\`${host}\`)
      service: wiki
      middlewares: [countersign]
      tls: {}
    wiki-sign-in:
      rule: Host(\`${host}\`) && PathPrefix(\`/forward-auth/\`)
      service: countersign
      tls: {}
  middlewares:
    countersign:
      forwardAuth:
        address: http://127.0.0.1:8080/forward-auth
        authResponseHeadersRegex: (?i)countersign
  services:
    wiki:
      loadBalancer:
        servers: [{ url: http://127.0.0.1:3000 }]
    countersign:
      loadBalancer:
        servers: [{ url: http://127.0.0.1:8080 }]`
