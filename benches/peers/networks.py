"""Which networks do the functions of the account stand in?"""

ZONES = ["us-east-1a", "us-east-1b"]
EVERYWHERE = "0.0.0.0/0"


class Networks:
    """VPCs by the names under which planted.toml asks for them."""

    def __init__(self, ec2):
        self.ec2 = ec2
        self.made = {}
        self.endpoints = []

    def of(self, name):
        """`VpcConfig` of a function in that network."""
        return self.made[name]

    def make(self):
        """All of them."""
        self.isolated()
        self.with_gateway_endpoint()
        self.with_interface_endpoint()
        self.with_nat()
        self.public()
        self.closed_group()
        self.closed_acl()
        self.open_acl()
        self.one_zone()
        self.busy_group()
        self.denying_endpoint()

    def vpc(self, number):
        vpc = self.ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")["Vpc"]["VpcId"]
        for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
            self.ec2.modify_vpc_attribute(VpcId=vpc, **{attribute: {"Value": True}})
        return vpc

    def subnets(self, vpc, number, zones=ZONES, first=0):
        made = []
        for index, zone in enumerate(zones, first):
            block = f"10.{number}.{index}.0/24"
            made.append(self.ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=zone)["Subnet"]["SubnetId"])
        table = self.ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        for subnet in made:
            self.ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
        return made, table

    def group(self, vpc, name, egress=((443, EVERYWHERE),), ingress=()):
        """A security group. AWS lets everything out of a new one, which is taken away first."""
        group = self.ec2.create_security_group(VpcId=vpc, GroupName=name, Description=name)["GroupId"]
        usual = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": EVERYWHERE}]}]
        self.ec2.revoke_security_group_egress(GroupId=group, IpPermissions=usual)
        rules = lambda those: [
            {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": block}]} for port, block in those
        ]
        if egress:
            self.ec2.authorize_security_group_egress(GroupId=group, IpPermissions=rules(egress))
        if ingress:
            self.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=rules(ingress))
        return group

    def keep(self, name, subnets, group):
        self.made[name] = {"SubnetIds": subnets, "SecurityGroupIds": [group]}

    def isolated(self):
        vpc = self.vpc(10)
        subnets, _ = self.subnets(vpc, 10)
        self.keep("isolated", subnets, self.group(vpc, "isolated"))
        self.keep("isolated-database", subnets, self.group(vpc, "to-database", egress=((5432, "10.10.0.0/16"),)))

    def with_gateway_endpoint(self):
        vpc = self.vpc(11)
        subnets, table = self.subnets(vpc, 11)
        for service in ("dynamodb", "s3"):
            self.gateway(vpc, table, service)
        self.keep("gateway-endpoint", subnets, self.group(vpc, "gateway-endpoint"))

    def gateway(self, vpc, table, service, **more):
        self.endpoint(service, VpcId=vpc, VpcEndpointType="Gateway", RouteTableIds=[table], **more)

    def interface(self, vpc, subnets, service, group):
        self.endpoint(service, VpcId=vpc, VpcEndpointType="Interface", SubnetIds=subnets, SecurityGroupIds=[group], PrivateDnsEnabled=True)

    def endpoint(self, service, **parts):
        """An endpoint. What was asked for is kept: the API server forgets the half of it, and doubles.py answers in its place."""
        parts["ServiceName"] = f"com.amazonaws.us-east-1.{service}"
        made = self.ec2.create_vpc_endpoint(**parts)["VpcEndpoint"]
        self.endpoints.append({**parts, "VpcEndpointId": made["VpcEndpointId"]})

    def with_interface_endpoint(self):
        vpc = self.vpc(12)
        subnets, _ = self.subnets(vpc, 12)
        admits = self.group(vpc, "endpoint", ingress=((443, "10.12.0.0/16"),))
        for service in ("secretsmanager", "sqs"):
            self.interface(vpc, subnets, service, admits)
        self.keep("interface-endpoint", subnets, self.group(vpc, "interface-endpoint"))
        self.keep("group-without-egress", subnets, self.group(vpc, "group-without-egress", egress=()))

    def internet(self, vpc):
        gateway = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
        return gateway

    def with_nat(self):
        vpc = self.vpc(13)
        front, table = self.subnets(vpc, 13)
        self.ec2.create_route(RouteTableId=table, DestinationCidrBlock=EVERYWHERE, GatewayId=self.internet(vpc))
        address = self.ec2.allocate_address(Domain="vpc")["AllocationId"]
        nat = self.ec2.create_nat_gateway(SubnetId=front[0], AllocationId=address)["NatGateway"]["NatGatewayId"]
        back = []
        for index, zone in enumerate(ZONES):
            subnet = self.ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.13.{10 + index}.0/24", AvailabilityZone=zone)
            back.append(subnet["Subnet"]["SubnetId"])
        table = self.ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        for subnet in back:
            self.ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
        self.ec2.create_route(RouteTableId=table, DestinationCidrBlock=EVERYWHERE, NatGatewayId=nat)
        group = self.group(vpc, "nat")
        self.keep("nat", back, group)
        self.keep("nat-front", front, group)

    def public(self):
        vpc = self.vpc(14)
        subnets, table = self.subnets(vpc, 14)
        for subnet in subnets:
            self.ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
        self.ec2.create_route(RouteTableId=table, DestinationCidrBlock=EVERYWHERE, GatewayId=self.internet(vpc))
        self.keep("public", subnets, self.group(vpc, "public"))

    def closed_group(self):
        vpc = self.vpc(15)
        subnets, _ = self.subnets(vpc, 15)
        self.interface(vpc, subnets, "secretsmanager", self.group(vpc, "endpoint", ingress=((443, "10.15.200.0/24"),)))
        self.keep("endpoint-admits-others", subnets, self.group(vpc, "endpoint-admits-others"))

    def acl(self, number, refused):
        """A network whose ACL refuses what comes from there. The endpoint stands in other subnets than the function, since an ACL has no say within
        one. The API server knows the default ACL of a VPC only, and no ports of a rule."""
        vpc = self.vpc(number)
        subnets, _ = self.subnets(vpc, number)
        beside, _ = self.subnets(vpc, number, first=100)
        self.interface(vpc, beside, "secretsmanager", self.group(vpc, "endpoint", ingress=((443, f"10.{number}.0.0/16"),)))
        (acl,) = self.ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["NetworkAcls"]
        self.ec2.create_network_acl_entry(
            NetworkAclId=acl["NetworkAclId"], RuleNumber=50, Protocol="6", RuleAction="deny", Egress=False, CidrBlock=refused,
            PortRange={"From": 0, "To": 65535},
        )
        return subnets, self.group(vpc, f"acl-{number}")

    def closed_acl(self):
        self.keep("acl-closed", *self.acl(16, "10.16.64.0/18"))

    def open_acl(self):
        self.keep("acl-open", *self.acl(17, "10.99.0.0/16"))

    def one_zone(self):
        vpc = self.vpc(18)
        subnets, table = self.subnets(vpc, 18, ZONES[:1])
        self.gateway(vpc, table, "dynamodb")
        self.keep("one-zone", subnets, self.group(vpc, "one-zone"))

    def busy_group(self):
        vpc = self.vpc(19)
        subnets, table = self.subnets(vpc, 19)
        self.gateway(vpc, table, "dynamodb")
        self.keep("group-admits", subnets, self.group(vpc, "group-admits", ingress=((22, EVERYWHERE),)))

    def denying_endpoint(self):
        vpc = self.vpc(20)
        subnets, table = self.subnets(vpc, 20)
        document = (
            '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"dynamodb:*",'
            '"Resource":"arn:aws:dynamodb:us-east-1:123456789012:table/others"}]}'
        )
        self.gateway(vpc, table, "dynamodb", PolicyDocument=document)
        self.keep("endpoint-denies", subnets, self.group(vpc, "endpoint-denies"))
