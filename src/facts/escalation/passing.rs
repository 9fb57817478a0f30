//! Which calls run code of their caller's with a role that is passed to a service?

use super::{Escalation, PASS};

const LAMBDA: &str = "lambda.amazonaws.com";
const EC2: &str = "ec2.amazonaws.com";
const ECS: &str = "ecs-tasks.amazonaws.com";
const CLOUDFORMATION: &str = "cloudformation.amazonaws.com";
const GLUE: &str = "glue.amazonaws.com";
const SAGEMAKER: &str = "sagemaker.amazonaws.com";
const AGENTCORE: &str = "bedrock-agentcore.amazonaws.com";

#[rustfmt::skip]
pub(super) const TABLE: &[Escalation] = &[
    Escalation::passing("pass-role-lambda-invoke", LAMBDA, &[PASS, &["lambda:CreateFunction"], &["lambda:InvokeFunction"]],
        "Creates a function with the role and calls it"),
    Escalation::passing("pass-role-lambda-event-source", LAMBDA,
        &[PASS, &["lambda:CreateFunction"], &["lambda:CreateEventSourceMapping"]],
        "Creates a function with the role and has a stream or a queue call it"),
    Escalation::passing("pass-role-lambda-permission", LAMBDA,
        &[PASS, &["lambda:CreateFunction"], &["lambda:AddPermission", "lambda:PutResourcePolicy"]],
        "Creates a function with the role and lets an outsider, or a service that the outsider directs, call it"),
    Escalation::passing("pass-role-lambda-url", LAMBDA,
        &[PASS, &["lambda:CreateFunction"], &["lambda:CreateFunctionUrlConfig"], &["lambda:AddPermission", "lambda:PutResourcePolicy"]],
        "Creates a function with the role and opens a URL to it"),

    Escalation::passing("pass-role-ec2", EC2, &[PASS, &["ec2:RunInstances", "ec2:RequestSpotInstances"]],
        "Starts an instance with the role, whose user data is its own script"),
    Escalation::passing("pass-role-autoscaling", EC2,
        &[PASS, &["autoscaling:CreateLaunchConfiguration"], &["autoscaling:CreateAutoScalingGroup", "autoscaling:UpdateAutoScalingGroup"]],
        "Has a scaling group start instances with the role and its own user data"),
    Escalation::passing("pass-role-emr", EC2, &[PASS, &["elasticmapreduce:RunJobFlow"]],
        "Starts a cluster whose instances have the role, with steps of its own"),
    Escalation::passing("pass-role-image-builder", EC2,
        &[PASS, &["imagebuilder:CreateComponent"], &["imagebuilder:CreateImageRecipe"],
          &["imagebuilder:CreateInfrastructureConfiguration"], &["imagebuilder:CreateImage"]],
        "Builds an image on an instance with the role, with build commands of its own"),

    Escalation::passing("pass-role-ecs-definition", ECS,
        &[PASS, &["ecs:RegisterTaskDefinition"], &["ecs:RunTask", "ecs:StartTask", "ecs:CreateService"]],
        "Registers a task with the role and its own container, and runs it"),
    Escalation::passing("pass-role-ecs-override", ECS, &[PASS, &["ecs:RunTask", "ecs:StartTask"]],
        "Runs an existing task with the role and a command of its own in its place"),
    Escalation::passing("pass-role-ecs-instance", ECS,
        &[PASS, &["ecs:StartTask"], &["ecs:RegisterContainerInstance", "ecs:DeregisterContainerInstance"]],
        "Starts a task with the role on an instance that it controls and has joined to the cluster"),
    Escalation::passing("pass-role-batch", ECS, &[PASS, &["batch:RegisterJobDefinition"], &["batch:SubmitJob"]],
        "Registers a job with the role and its own container, and submits it"),

    Escalation::passing("pass-role-cloudformation-stack", CLOUDFORMATION, &[PASS, &["cloudformation:CreateStack"]],
        "Has a stack of its own made with the role"),
    Escalation::passing("pass-role-cloudformation-stack-set", CLOUDFORMATION,
        &[PASS, &["cloudformation:CreateStackSet"], &["cloudformation:CreateStackInstances"]],
        "Has stacks of its own made in other accounts with the role"),
    Escalation::passing("pass-role-cloudformation-stack-set-update", CLOUDFORMATION, &[PASS, &["cloudformation:UpdateStackSet"]],
        "Replaces the template of a stack set that the role rolls out"),

    Escalation::passing("pass-role-codebuild", "codebuild.amazonaws.com",
        &[PASS, &["codebuild:CreateProject"], &["codebuild:StartBuild", "codebuild:StartBuildBatch"]],
        "Creates a project with the role and runs build commands of its own in it"),
    Escalation::passing("pass-role-codestar", "codestar.amazonaws.com", &[PASS, &["codestar:CreateProject"]],
        "Has a project template of its own rolled out with the role"),

    Escalation::passing("pass-role-glue-dev-endpoint", GLUE, &[PASS, &["glue:CreateDevEndpoint"]],
        "Creates a development endpoint with the role and logs in to it"),
    Escalation::passing("pass-role-glue-job", GLUE, &[PASS, &["glue:CreateJob"], &["glue:StartJobRun", "glue:CreateTrigger"]],
        "Creates a job with the role and its own script, and has it run"),
    Escalation::passing("pass-role-glue-job-update", GLUE, &[PASS, &["glue:UpdateJob"], &["glue:StartJobRun", "glue:CreateTrigger"]],
        "Gives an existing job the role and a script of its own, and has it run"),
    Escalation::passing("pass-role-glue-session", GLUE, &[PASS, &["glue:CreateSession"], &["glue:RunStatement"]],
        "Opens an interactive session with the role and runs statements in it"),

    Escalation::passing("pass-role-sagemaker-notebook", SAGEMAKER, &[PASS, &["sagemaker:CreateNotebookInstance"]],
        "Creates a notebook with the role and works in it").by_hand(),
    Escalation::passing("pass-role-sagemaker-job", SAGEMAKER, &[PASS, &["sagemaker:CreateTrainingJob", "sagemaker:CreateProcessingJob"]],
        "Runs a container of its own as a job with the role"),

    Escalation::passing("pass-role-data-pipeline", "datapipeline.amazonaws.com",
        &[PASS, &["datapipeline:CreatePipeline"], &["datapipeline:PutPipelineDefinition"], &["datapipeline:ActivatePipeline"]],
        "Has a pipeline run commands of its own with the role"),
    Escalation::passing("pass-role-step-functions", "states.amazonaws.com",
        &[PASS, &["states:CreateStateMachine"], &["states:StartExecution"]],
        "Creates a state machine that makes any API call with the role"),
    Escalation::passing("pass-role-scheduler", "scheduler.amazonaws.com", &[PASS, &["scheduler:CreateSchedule"]],
        "Schedules an API call of its choice with the role"),
    Escalation::passing("pass-role-ssm-automation", "ssm.amazonaws.com",
        &[PASS, &["ssm:CreateDocument"], &["ssm:StartAutomationExecution"]],
        "Writes an automation and runs it with the role"),
    Escalation::passing("pass-role-braket", "braket.amazonaws.com", &[PASS, &["braket:CreateJob"]],
        "Runs a script of its own as a job with the role"),
    Escalation::passing("pass-role-emr-serverless", "emr-serverless.amazonaws.com",
        &[PASS, &["emr-serverless:CreateApplication"], &["emr-serverless:StartJobRun"]],
        "Runs a script of its own as a serverless job with the role"),
    Escalation::passing("pass-role-flink", "kinesisanalytics.amazonaws.com",
        &[PASS, &["kinesisanalytics:CreateApplication"], &["kinesisanalytics:StartApplication"]],
        "Runs a streaming application of its own with the role"),
    Escalation::passing("pass-role-gamelift", "gamelift.amazonaws.com",
        &[PASS, &["gamelift:CreateBuild"], &["gamelift:RequestUploadCredentials"], &["gamelift:CreateFleet"]],
        "Uploads a game server of its own and runs a fleet of it with the role"),
    Escalation::passing("pass-role-omics", "omics.amazonaws.com", &[PASS, &["omics:CreateWorkflow"], &["omics:StartRun"]],
        "Runs a workflow of its own with the role"),
    Escalation::passing("pass-role-identity-pool", "cognito-identity.amazonaws.com", &[PASS, &["cognito-identity:SetIdentityPoolRoles"]],
        "Makes an identity pool hand out credentials of the role"),
    Escalation::passing("pass-role-app-runner", "tasks.apprunner.amazonaws.com", &[PASS, &["apprunner:CreateService"]],
        "Runs a container of its own as a service with the role"),

    Escalation::passing("pass-role-agentcore-code", AGENTCORE,
        &[PASS, &["bedrock-agentcore:CreateCodeInterpreter"], &["bedrock-agentcore:StartCodeInterpreterSession"],
          &["bedrock-agentcore:InvokeCodeInterpreter"]],
        "Creates a code interpreter with the role and runs code in it"),
    Escalation::passing("pass-role-agentcore-runtime", AGENTCORE,
        &[PASS, &["bedrock-agentcore:CreateAgentRuntime"], &["bedrock-agentcore:CreateAgentRuntimeEndpoint"],
          &["bedrock-agentcore:CreateWorkloadIdentity"], &["bedrock-agentcore:InvokeAgentRuntimeCommand"]],
        "Creates an agent runtime with the role and runs commands in it"),
    Escalation::passing("pass-role-agentcore-browser", AGENTCORE,
        &[PASS, &["bedrock-agentcore:CreateBrowser"], &["bedrock-agentcore:StartBrowserSession"],
          &["bedrock-agentcore:ConnectBrowserAutomationStream"]],
        "Creates a browser with the role and directs it to the role's credentials"),
];
