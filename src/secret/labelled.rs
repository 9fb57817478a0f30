//! How often is the judgement right? Variables as they are found in real functions, labelled by hand.

use super::template::expand_with;
use super::{Kind, RawValue, judge};

/// The values are credentials.
#[rustfmt::skip]
const LEAKS: &[&str] = &[
    // Passwords as people choose them.
    "DB_PASSWORD=hunter2", "DB_PASS=Sommer2024!", "MYSQL_ROOT_PASSWORD=root", "PGPASSWORD=pg-admin-1", "password=qwerty",
    "SMTP_PASSWORD=Welcome1", "redisPassword=s3cr3t", "RDS_PASSWORD=admin123", "LDAP_BIND_PASSWORD=letmein", "ADMIN_PASS=toor",
    "FTP_PWD=p@ssw0rd", "DB_PASSWORD_PROD=Tr0ub4dor&3", "DATABASE_PASSWORD=correct horse battery staple", "SNOWFLAKE_PASSWORD=Winter!99",
    "KEYSTORE_PASSWORD=password", "JKS_PASSPHRASE=storepass", "SFTP_PASSWORD=44871290", "MONGO_PASSWORD=mongo", "DBPASSWORD=secretpw",
    "spring.datasource.password=springpw", "WIFI_PASSWD=linksys1", "PASSWORD_DB=ab12!cd", "MSSQL_SA_PASSWORD=Your!Strong1",
    "REDSHIFT_PASSWORD={alnum:16}", "SVC_ACCOUNT_PASSWORD={alnum:24}", "ORACLE_PWD=tiger", "RABBITMQ_DEFAULT_PASS=guest",
    // Secrets.
    "JWT_SECRET=supersecret", "JWT_SECRET={alnum:64}", "SESSION_SECRET=keyboard cat", "COOKIE_SECRET={hex:32}", "CLIENT_SECRET={alnum:40}",
    "OAUTH_CLIENT_SECRET={urlsafe:43}", "COGNITO_CLIENT_SECRET={lower:52}", "AUTH0_CLIENT_SECRET={urlsafe:64}", "APP_SECRET=my-app-secret-2024",
    "NEXTAUTH_SECRET={b64:43}=", "WEBHOOK_SECRET=shhh-it-is-me", "DJANGO_SECRET_KEY=django-insecure-{alnum:50}", "SECRET_KEY_BASE={hex:128}",
    "FACEBOOK_APP_SECRET={hex:32}", "HMAC_SECRET={b64:44}", "TWITTER_CONSUMER_SECRET={alnum:50}", "SECRET={alnum:32}", "appSecret={hex:40}",
    // Keys and tokens by name.
    "API_KEY={hex:32}", "apiKey={alnum:24}", "STRIPE_API_KEY=sk_live_{alnum:24}", "OPENWEATHER_API_KEY={hex:32}", "X_API_KEY={alnum:40}",
    "ENCRYPTION_KEY={b64:43}=", "AES_KEY={hex:64}", "SIGNING_KEY={b64:64}", "ACCESS_TOKEN={alnum:48}", "REFRESH_TOKEN=1//0{urlsafe:60}",
    "SLACK_TOKEN=xoxb-{digit:12}-{digit:12}-{alnum:24}", "BOT_TOKEN={digit:10}:AA{urlsafe:33}", "GITHUB_TOKEN=ghp_{alnum:36}",
    "GH_PAT=github_pat_{alnum:22}_{alnum:59}", "NPM_TOKEN=npm_{alnum:36}", "SERVICE_TOKEN={hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}",
    "ZENDESK_API_TOKEN={alnum:40}", "PAYPAL_SECRET=E{urlsafe:79}", "ALGOLIA_ADMIN_KEY={hex:32}", "MIXPANEL_API_SECRET={hex:32}",
    "SEGMENT_WRITE_KEY={alnum:32}", "GOOGLE_MAPS_API_KEY=AIza{urlsafe:35}", "AZURE_FUNCTION_KEY={b64:54}==", "INTERNAL_API_KEY=abc123def456",
    "APPSYNC_API_KEY=da2-{lower:26}", "PARTNER_API_TOKEN={hex:40}", "AUTH_TOKEN={hex:32}", "VAULT_TOKEN=hvs.{urlsafe:90}",
    "DD_API_KEY={hex:32}", "NEW_RELIC_LICENSE_KEY={hex:36}NRAL", "LOGZIO_TOKEN={alnum:32}", "SENTRY_AUTH_TOKEN={hex:64}",
    // By format, under a name that gives nothing away.
    "VALUE=AKIA{base32:16}", "AWS_ID=ASIA{base32:16}", "AWS_SECRET_ACCESS_KEY={b64:40}", "CONF=SG.{urlsafe:22}.{urlsafe:43}",
    "A=glpat-{urlsafe:20}", "HOOK_URL=https://hooks.slack.com/services/T{upper:8}/B{upper:8}/{alnum:24}", "X=dop_v1_{hex:64}",
    "NOTIFY=https://discord.com/api/webhooks/{digit:18}/{urlsafe:68}", "MODEL=sk-ant-api03-{urlsafe:93}AA", "K=hf_{alpha:34}",
    "BEARER=eyJhbGciOiJIUzI1NiJ9.eyJ{urlsafe:60}.{urlsafe:43}", "HEADER=Bearer {alnum:40}", "AUTHORIZATION=Basic {b64:28}",
    "CERT_BUNDLE={dash:5}BEGIN RSA PRIVATE{space:1}KEY{dash:5}\n{b64:64}\n{b64:64}\n", "PEM={dash:5}BEGIN PRIVATE{space:1}KEY{dash:5}\\n{b64:64}\\n",
    "SSH={dash:5}BEGIN OPENSSH PRIVATE{space:1}KEY{dash:5}\n{b64:70}\n", "IDENTITY=AGE-SECRET-KEY-1{bech32:58}",
    // Inside addresses, strings and documents.
    "DATABASE_URL=postgres://app:{alnum:12}@db.example.com:5432/app", "MONGO_URI=mongodb+srv://svc{colon:1}Pa55word@c0.example.net/test",
    "REDIS_URL=redis://:{alnum:32}@cache.example.com:6379/0", "AMQP_URL=amqp://guest{colon:1}guest@mq.example.com:5672/", "PROXY=http://u{colon:1}p4ss@proxy.example.com:3128",
    "ELASTIC=https://elastic{colon:1}changed-me-9@es.example.com:9243", "DB=mysql://root{colon:1}root@10.0.0.5/app", "GIT_URL=https://oauth2:{alnum:20}@git.example.com/a.git",
    "CONNECTION_STRING=Server=tcp:db.example.com,1433;Database=a;User ID=sa;Password={alnum:12}!;Encrypt=true",
    "JDBC_URL=jdbc:mysql://db.example.com/a?user=app&password=app123", "ODBC=Driver={SQL Server};Server=a;Uid=sa;Pwd=Passw0rd;",
    "PG_DSN=host=db.example.com user=app password=letmein dbname=app", "STORAGE=DefaultEndpointsProtocol=https;AccountName=a;AccountKey={b64:86}==",
    "CONFIG={\"db\":{\"user\":\"app\",\"password\":\"hunter2\"}}", "SETTINGS={\"apiKey\":\"{alnum:32}\"}", "CREDS={\"client_id\":\"a\",\"client_secret\":\"{alnum:32}\"}",
    "SA={\"type\":\"service_account\",\"private_key\":\"{dash:5}BEGIN PRIVATE{space:1}KEY{dash:5}\\n{b64:64}\\n\"}", "BASIC_AUTH=admin:Sup3r-secret",
    "NPMRC=//registry.npmjs.org/:_authToken={alnum:36}", "API_ENDPOINT=https://api.example.com/v1?sig={alnum:43}%3D&sv=2024",
    // Added after the table was first measured; they found its gaps.
    "EMAIL_HOST_PASSWORD={lower:16}", "GMAIL_APP_PASSWORD=abcd efgh ijkl mnop", "MONGODB_ATLAS_PW=Zebra7",
    "CLOUDINARY_URL=cloudinary://{digit:15}:{urlsafe:27}@acme", "JWT_REFRESH_SECRET=refresh-me-please", "JWT_KEY=this_is_my_jwt_key_2023",
    "COOKIE_PASSWORD=at-least-32-characters-long-cookie", "ELASTIC_APM_SECRET_TOKEN={alnum:18}", "PUSHER_APP_SECRET={hex:20}",
    "TWILIO_TOKEN={hex:32}", "BASIC_AUTH_PASSWORD=guest1", "AWS_KEYS=AKIA{base32:16}/{b64:40}", "HTTP_PROXY=http://svc_lambda:Qwerty12@10.1.2.3:3128",
    "SAP_PASS=Init1234", "KAFKA_SASL_PASSWORD={b64:32}",
    "SASL_JAAS_CONFIG=org.apache.kafka.common.security.plain.PlainLoginModule required username=\"a\" password=\"{alnum:12}\";",
    "OPENAI_KEY=sk-{alnum:48}", "SECRET_ACCESS_KEY={b64:40}", "SLACK_SIGNING_SECRET={hex:32}",
    "VAULT_ROLE_SECRET={hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}", "LICENSE_KEY={upper:5}-{upper:5}-{upper:5}-{upper:5}",
    "PRIVATE_KEY_PASSPHRASE=open sesame", "DATABASE_URL=mysql://admin:P@ss/word!@db.example.com/x", "mysql.pwd=zaq12wsx",
    "AUTH_HEADER=Token {hex:40}", "X_SHARED_KEY={b64:44}", "OAUTH_REFRESH_TOKEN={urlsafe:90}", "CI_JOB_TOKEN={alnum:20}", "MASTER_PASSWORD=1q2w3e4r",
    "PASSWORD1=abc!123",
];

/// The values are none.
#[rustfmt::skip]
const HARMLESS: &[&str] = &[
    // What nearly every function has.
    "LOG_LEVEL=INFO", "STAGE=prod", "NODE_ENV=production", "AWS_NODEJS_CONNECTION_REUSE_ENABLED=1", "TZ=Europe/Berlin", "REGION=eu-west-1",
    "TABLE_NAME=orders", "BUCKET=acme-prod-uploads", "BUCKET_NAME=acme-prod-{lower:12}", "QUEUE_URL=https://sqs.eu-west-1.amazonaws.com/123456789012/jobs",
    "TOPIC_ARN=arn:aws:sns:eu-west-1:123456789012:alerts", "POWERTOOLS_SERVICE_NAME=checkout", "POWERTOOLS_LOGGER_LOG_EVENT=true",
    "PYTHONPATH=/var/task/lib", "HANDLER=index.handler", "NODE_OPTIONS=--enable-source-maps", "JAVA_TOOL_OPTIONS=-XX:+TieredCompilation -XX:TieredStopAtLevel=1",
    "AWS_LAMBDA_EXEC_WRAPPER=/opt/otel-handler", "OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318", "VERSION=1.24.3", "API_VERSION=2024-06-01",
    "FEATURES=a,b,c", "RETRIES=3", "TIMEOUT_MS=30000", "DEBUG=false", "EMPTY=", "SPACES=   ", "PORT=8080", "DB_PORT=5432", "DB_USER=app", "DB_NAME=orders",
    "DB_HOST=app.{lower:12}.eu-west-1.rds.amazonaws.com", "SENDER=no-reply@example.com", "CORS_ORIGIN=https://www.example.com", "SCHEDULE=cron(0 12 * * ? *)",
    "USER_POOL_ID=eu-west-1_{alnum:9}", "CLIENT_ID={lower:26}", "DISTRIBUTION_ID=E{upper:13}", "HOSTED_ZONE_ID=Z{upper:20}", "ACCOUNT_ID=123456789012",
    "STATE_MACHINE_ARN=arn:aws:states:eu-west-1:123456789012:stateMachine:orders", "API_URL=https://{lower:10}.execute-api.eu-west-1.amazonaws.com/prod",
    "SLACK_CHANNEL=#alerts", "GIT_COMMIT={hex:40}", "COMMIT_SHA={hex:40}", "CODE_SHA256={b64:43}=", "BUILD_ID={hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}",
    "ETAG={hex:32}", "IMAGE_DIGEST=sha256:{hex:64}", "TRACE_ID=1-{hex:8}-{hex:24}", "REQUEST_ID={hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}", "SUBNET=subnet-{hex:17}",
    // References to secrets.
    "SECRET_ARN=arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-{alnum:6}", "DB_SECRET_NAME=prod/db", "DB_PASSWORD_SSM=/prod/db/password",
    "DB_PASSWORD=arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-{alnum:6}", "PASSWORD_PARAMETER=/app/password", "API_KEY_PARAM=api-key",
    "SECRET_ID=prod-db-credentials", "DB_SECRET=prod-db-credentials", "TOKEN_PATH=/run/secrets/token", "PRIVATE_KEY_PATH=/opt/keys/private.pem",
    "API_KEY={{resolve:ssm-secure:/prod/api-key:1}}", "DB_PASSWORD={{resolve:secretsmanager:prod/db:SecretString:password}}", "KMS_KEY_ID=alias/app",
    "KMS_KEY_ARN=arn:aws:kms:eu-west-1:123456789012:key/{hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}", "KMS_KEY={hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}",
    "API_KEY_ID={lower:10}", "GITHUB_TOKEN_SECRET_NAME=github-token", "PASSWORD_SECRET_NAME=MyStack-Db-{alnum:12}", "SECRETS_PREFIX=/prod/",
    "SLACK_TOKEN=ssm:/prod/slack/token", "DB_CREDENTIALS=op://prod/db/password", "SECRETS_MANAGER_ENDPOINT=https://secretsmanager.eu-west-1.amazonaws.com",
    "SSM_PARAMETER_STORE_TTL=300", "SECRETS_EXTENSION_HTTP_PORT=2773", "PARAMETERS_SECRETS_EXTENSION_CACHE_ENABLED=true", "TOKEN_TABLE=tokens",
    // Names that speak of credentials, values that are none.
    "TOKEN_URL=https://auth.example.com/oauth2/token", "TOKEN_ENDPOINT=https://login.example.com/token", "PASSWORD_MIN_LENGTH=12", "PASSWORD_POLICY=strong",
    "TOKEN_EXPIRY=3600", "ACCESS_TOKEN_TTL_SECONDS=900", "JWT_ISSUER=https://auth.example.com/", "JWT_ALGORITHM=RS256", "JWT_AUDIENCE=orders-api", "MAX_TOKENS=4096",
    "TOKENIZER=cl100k_base", "SECRET_ROTATION_DAYS=30", "PASSWORD_RESET_URL=https://www.example.com/reset", "USE_IAM_AUTH=true", "REQUIRE_PASSWORD=true",
    "API_KEY_HEADER=x-api-key", "API_KEY_REQUIRED=false", "CREDENTIALS_PROVIDER=instance", "AUTH_MODE=token", "AUTH_TYPE=Bearer", "PARTITION_KEY=customerId",
    "SORT_KEY=createdAt", "PRIMARY_KEY=id", "CACHE_KEY_PREFIX=orders:v2", "S3_KEY=exports/2026/08/orders.csv", "KEY=orders/latest.json", "SSH_KEY_NAME=deploy",
    "IDEMPOTENCY_KEY_FIELD=orderId", "FORGOT_PASSWORD_TEMPLATE=d-{hex:32}", "TOKEN_CONTRACT_ADDRESS=0x{hex:40}", "PASSWORDLESS=true", "COMPASS=north", "PASS_THROUGH=true",
    "BYPASS=none", "SECRETARY=Alice", "KEYBOARD=qwerty", "MONKEY=banana", "TOKEN_BUCKET_SIZE=100", "SECRET_SANTA_MODE=on", "PASSENGER_APP_ENV=production", "WEB_CONCURRENCY=4",
    // Placeholders.
    "DB_PASSWORD=changeme", "API_KEY=your-api-key-here", "TOKEN=<token>", "SECRET=${SECRET}", "DB_PASSWORD=xxxxxxxx", "API_KEY=REPLACE_ME", "PASSWORD=none",
    "STRIPE_KEY=sk_live_{same:24}", "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE", "DATABASE_URL=postgres://app:${PASSWORD}@db.example.com/app", "PASSWORD=",
    "GITHUB_TOKEN=ghp_{same:36}", "CLIENT_SECRET=TODO", "SLACK_WEBHOOK=https://hooks.slack.com/services/XXX/YYY/ZZZ", "PASSWORD=********",
    // Public or encrypted.
    "STRIPE_PUBLISHABLE_KEY=pk_live_{alnum:24}", "JWT_PUBLIC_KEY={dash:5}BEGIN PUBLIC KEY{dash:5}\n{b64:64}\n", "CA_CERT={dash:5}BEGIN CERTIFICATE{dash:5}\n{b64:64}\n",
    "SENTRY_DSN=https://{hex:32}@o1.ingest.sentry.io/42", "SSH_PUBLIC_KEY=ssh-ed25519 {b64:68}", "VAPID_PUBLIC_KEY=B{urlsafe:86}", "COGNITO_JWKS_URL=https://a.example/jwks.json",
    "DB_PASSWORD=AQICAHh{b64:180}", "ENCRYPTED_TOKEN=AQICAHh{b64:200}", "SUPABASE_ANON_KEY=eyJhbGciOiJIUzI1NiJ9.eyJ{urlsafe:60}.{urlsafe:43}", "POSTHOG_KEY=phc_{alnum:43}",
    "AGE_RECIPIENT=age1{lower:58}", "LD_CLIENT_SIDE_ID={hex:24}", "RECAPTCHA_SITE_KEY=6L{urlsafe:38}",
    // Documents, code and text.
    "CONFIG={\"table\":\"orders\",\"ttl\":3600,\"endpoint\":\"https://api.example.com\"}", "RULES=[{\"field\":\"password\",\"type\":\"string\"}]", "QUERY=select id from users where password=?",
    "MESSAGE=Your password has been reset", "PROMPT=Please enter your token", "REGEX=^[A-Za-z0-9]{20,40}$", "HTML=<b>Token</b>", "ALLOWED=10.0.0.0/8,192.168.0.0/16",
    "CLASS=com.example.internal.TokenService", "TEMPLATE=d-{hex:32}", "ENCODED=eyJ0YWJsZSI6Im9yZGVycyJ9", "COLORS=#ff8800,#0088ff", "LICENSES=MIT,Apache-2.0", "UA=Mozilla/5.0 (X11; Linux)",
    "ENDPOINT=https://user@git.example.com/a.git", "PACKAGE=https://registry.npmjs.org:443/@scope/pkg", "SERVERS=kafka-1:9092,kafka-2:9092", "JDBC=jdbc:postgresql://db.example.com:5432/app?ssl=true",
    // Added after the table was first measured; they found its gaps.
    "COGNITO_USER_POOL_CLIENT_ID={lower:26}", "API_GATEWAY_KEY_NAME=prod-key", "STEP_TOKEN_TIMEOUT=60",
    "OAUTH_TOKEN_URL=https://login.example.com/oauth2/v2.0/token", "SECRETS_REGION=eu-west-1", "DYNAMO_PK=pk", "DB_SECRET_ARN=",
    "ENCRYPTION_KEY_ALIAS=alias/app-data", "TOKEN_SYMBOL=USDC", "AUTH_PROVIDER=cognito", "LOGIN_URL=https://login.example.com",
    "PASSWORD_HASH_ITERATIONS=100000", "KEY_SCHEMA=orderId:string", "CREDENTIAL_SOURCE=Ec2InstanceMetadata", "TOKEN_VERSION=v2",
    "MFA_SECRET_LENGTH=20", "CSRF_TOKEN_NAME=XSRF-TOKEN", "SESSION_TOKEN_HEADER=X-Session-Token",
    "CERT_ARN=arn:aws:acm:eu-west-1:123456789012:certificate/{hex:8}", "AWS_SECRET_STORE=ssm", "API_TOKEN_SCOPE=read:orders write:orders",
    "PASSWORD_ALGO=bcrypt", "KAFKA_TOPIC=orders.token.created", "JWT_VERIFY=true", "TOKEN_REFRESH_INTERVAL=300s", "SALT_LENGTH=16",
    "APP_ID={digit:6}", "FIREBASE_PROJECT=acme-prod-{lower:5}", "SECRET_VERSION=AWSCURRENT", "DB_CREDENTIALS_SECRET=prod/rds/app",
    "ACCESS_KEY_LAST_USED_DAYS=90", "FIELD_TOKEN=customer.name", "GRAPHQL=query{user(token:$t){id}}", "DEPLOYMENT_TOKEN_PARAM=/deploy/token",
    "SIGNING_PROFILE=prod_signer", "MAX_PASSWORD_ATTEMPTS=5", "TOKENS_PER_MINUTE=90000", "KEYWORDS=password,secret,token",
    "SECRET_KEYS=dbPassword,apiKey", "REDIRECT=https://app.example.com/callback?code=x", "JWT_EXPIRY=15m", "SORT=-createdAt",
    "JWT_COOKIE_NAME=access_token", "PASSWORD_FIELD=#password", "USERNAME_PASSWORD_ENABLED=1", "ENV_HASH={hex:64}",
];

/// Names and values that are crossed with each other: each pair is a leak.
const LEAK_FAMILY: (&[&str], &[&str]) = (
    &[
        "ACME_DB_PASSWORD",
        "acmeDbPassword",
        "ACME_PASSWORD_2",
        "ACME_PASSWORD_STAGING",
    ],
    &["hunter2", "{alnum:20}", "Blue-Sky-42", "{b64:32}", "pa$$word"],
);

/// The same for pairs that are not.
const HARMLESS_FAMILY: (&[&str], &[&str]) = (
    &[
        "ACME_TABLE",
        "ACME_SECRET_NAME",
        "ACME_TOKEN_URL",
        "ACME_PASSWORD_PARAMETER",
        "ACME_STAGE",
    ],
    &[
        "orders",
        "prod/orders",
        "https://api.example.com/v2",
        "true",
        "acme-orders-01",
        "arn:aws:s3:::acme-orders",
    ],
);

const SEEDS: std::ops::RangeInclusive<u64> = 11..=13;
const PRECISION_FLOOR: f64 = 0.98;
const RECALL_FLOOR: f64 = 0.98;

fn crossed((names, values): (&[&str], &[&str])) -> Vec<String> {
    names
        .iter()
        .flat_map(|name| values.iter().map(move |value| format!("{name}={value}")))
        .collect()
}

fn labelled() -> Vec<(String, bool)> {
    let own = |list: &[&str]| -> Vec<String> { list.iter().map(|&pair| pair.to_owned()).collect() };
    let leaks = own(LEAKS)
        .into_iter()
        .chain(crossed(LEAK_FAMILY))
        .map(|pair| (pair, true));
    let harmless = own(HARMLESS)
        .into_iter()
        .chain(crossed(HARMLESS_FAMILY))
        .map(|pair| (pair, false));
    leaks.chain(harmless).collect()
}

fn is_flagged(pair: &str, seed: u64) -> bool {
    let pair = expand_with(pair, seed);
    let (name, value) = pair.split_once('=').unwrap();
    matches!(
        judge(name, &RawValue::new(value.to_owned()), b"").kind,
        Kind::Credential { .. }
    )
}

#[test]
fn precision_and_recall_stay_above_their_floors() {
    let (mut right, mut missed, mut wrong) = (0_u32, 0_u32, 0_u32);
    for seed in SEEDS {
        for (pair, leak) in labelled() {
            match (leak, is_flagged(&pair, seed)) {
                (true, true) => right += 1,
                (true, false) => {
                    missed += 1;
                    println!("missed: {pair}");
                }
                (false, true) => {
                    wrong += 1;
                    println!("wrongly flagged: {pair}");
                }
                (false, false) => {}
            }
        }
    }
    let precision = f64::from(right) / f64::from(right + wrong);
    let recall = f64::from(right) / f64::from(right + missed);
    println!(
        "{} labelled variables, precision {precision:.3}, recall {recall:.3}",
        labelled().len()
    );
    assert!(labelled().len() >= 150);
    assert!(
        precision >= PRECISION_FLOOR && recall >= RECALL_FLOOR,
        "precision {precision:.3}, recall {recall:.3}"
    );
}
